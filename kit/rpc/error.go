package rpc

import (
	"errors"
	"fmt"
	"time"

	"github.com/golive-dev/golive/kit/metrics"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrFull says that MaxInFlight calls were under way: the call was not sent.
var ErrFull = errors.New("too many calls in flight")

// Error says that a dependency gave no usable answer. Its text holds nothing of
// what the dependency answered. The failure has been logged already when
// the caller gets it. A server of this package answers a handler's Error with
// UNAVAILABLE or DEADLINE_EXCEEDED and without its text.
type Error struct {
	// Dependency and Target are Config.Name and, once connected, the peer's
	// address, else Config.Target.
	Dependency, Target string
	// Method is the full name of what was called.
	Method string
	// Timeout is the limit under which the last attempt ran.
	Timeout time.Duration
	// Attempt counts from 1 and is 0 when nothing was sent. Attempts is how many
	// the call could have had.
	Attempt, Attempts int
	// Code is that of the last attempt.
	Code codes.Code
	// Cause is why, for errors.Is and errors.As.
	Cause error

	what     string // in words
	why      string // no further attempt was made
	canceled bool   // by the caller
}

// Error returns one line: "inventory (127.0.0.1:50051): no answer within
// 800ms, attempt 2/2".
func (e *Error) Error() string {
	line := fmt.Sprintf("%s (%s): %s", e.Dependency, e.Target, e.what)
	if e.Attempt > 0 {
		line += fmt.Sprintf(", attempt %d/%d", e.Attempt, e.Attempts)
		if e.Code != codes.DeadlineExceeded {
			line += ", timeout " + e.Timeout.Round(time.Millisecond).String()
		}
	}
	if e.why != "" {
		line += ", no further attempt: " + e.why
	}
	return line
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// GRPCStatus lets status.Code and status.FromError read the error.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Error()) }

// toCaller is the code for somebody who knows nothing of the dependency.
func (e *Error) toCaller() codes.Code {
	switch {
	case e.canceled:
		return codes.Canceled
	case e.Code == codes.DeadlineExceeded:
		return codes.DeadlineExceeded
	default:
		return codes.Unavailable
	}
}

// outcome is the failure as kit/metrics counts it.
func (e *Error) outcome() metrics.Outcome {
	switch {
	case e.canceled:
		return metrics.Canceled
	case e.Attempt == 0:
		return metrics.Refused
	case e.Code == codes.DeadlineExceeded:
		return metrics.TimedOut
	case e.Code == codes.Unavailable:
		return metrics.Unreachable
	default:
		return metrics.Failed
	}
}

// isAnswer reports whether a code is the dependency's considered answer, as 4xx
// are of HTTP: the caller's business, no failure.
func isAnswer(code codes.Code) bool {
	switch code {
	case codes.OK, codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied,
		codes.Unauthenticated, codes.FailedPrecondition, codes.OutOfRange, codes.Unimplemented, codes.Aborted:
		return true
	default:
		return false
	}
}
