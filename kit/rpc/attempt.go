package rpc

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// slowestRetry is the longest window of a wait, as in the AWS SDKs.
const slowestRetry = 20 * time.Second

// outgoingCall is one call with all its attempts.
type outgoingCall struct {
	client  *client
	ctx     context.Context // ends with the call's deadline
	caller  context.Context // ends when nobody waits any more
	method  string
	attempt int
	limit   int // of attempts
	send    func(context.Context, ...grpc.CallOption) error
}

// attempts sends the call until it is answered or may not be sent any more. The
// error is a status that is an answer, or nil; or else there is a failure.
func (c *outgoingCall) attempts() (answer error, failure *Error) {
	for {
		c.attempt++
		answer, failure, wait := c.once()
		if failure == nil {
			return answer, nil
		}
		if failure.why = c.forbids(failure, wait); failure.why != "" || c.attempt >= c.limit {
			return nil, failure
		}
		c.client.retried(c, failure, wait)
		if !sleep(c.ctx, wait) {
			return nil, failure
		}
		c.client.signals.Retries.Inc()
	}
}

// once sends the call one time. wait is how long a next attempt is to wait: the
// dependency's own wish, or drawn; negative if the dependency wants none.
func (c *outgoingCall) once() (answer error, failure *Error, wait time.Duration) {
	ctx, cancel := context.WithTimeout(c.ctx, c.client.Try)
	defer cancel()
	begun := time.Now()
	ctx, span := c.client.tracer.call(ctx, c.method)
	var (
		trailer metadata.MD
		server  peer.Peer
	)
	c.client.signals.Attempts.Inc()
	err := c.send(ctx, grpc.Trailer(&trailer), grpc.Peer(&server))
	code := status.Code(err)
	if span != nil {
		endSpan(span, code, err != nil)
	}
	if isAnswer(code) {
		return err, nil, 0
	}
	return nil, c.failure(ctx, err, code, begun, server), c.wish(trailer)
}

func (c *outgoingCall) failure(ctx context.Context, err error, code codes.Code, begun time.Time, server peer.Peer) *Error {
	e := &Error{
		Dependency: c.client.Name, Target: c.client.Target, Method: c.method,
		Attempt: c.attempt, Attempts: c.limit, Code: code, Cause: err, what: "answered " + code.String(),
	}
	if server.Addr != nil {
		e.Target = server.Addr.String()
	}
	if deadline, ok := ctx.Deadline(); ok {
		e.Timeout = deadline.Sub(begun)
	}
	switch {
	case c.caller.Err() == context.Canceled:
		e.canceled, e.Cause, e.what = true, context.Cause(c.caller), "the caller gave up"
	case ctx.Err() != nil || code == codes.DeadlineExceeded && isSpent(begun, e.Timeout):
		e.Code, e.Cause = codes.DeadlineExceeded, context.DeadlineExceeded
		e.what = "no answer within " + e.Timeout.Round(time.Millisecond).String()
	case code == codes.Unavailable && server.Addr == nil:
		e.what = "no connection: " + cut(status.Convert(err).Message())
	}
	return e
}

// cut shortens gRPC's own account of why there is no connection.
func cut(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// isSpent reports whether a limit has run out, or is about to: the dependency
// knows the deadline, too, and its answer that the time is up may come first.
func isSpent(begun time.Time, limit time.Duration) bool {
	return time.Since(begun) >= limit-limit/10
}

// wish returns how long to wait before the next attempt.
func (c *outgoingCall) wish(trailer metadata.MD) time.Duration {
	if asked := trailer.Get(pushbackHeader); len(asked) > 0 {
		ms, err := strconv.ParseInt(asked[0], 10, 32)
		if err != nil || ms < 0 { // gRFC A6: then do not retry
			return -1
		}
		return time.Duration(ms) * time.Millisecond
	}
	window := c.client.Backoff
	for i := 1; i < c.attempt && window < slowestRetry; i++ {
		window *= 2
	}
	return time.Duration(rand.Int64N(int64(min(window, slowestRetry)))) + 1
}

// forbids returns why there is no further attempt, "" if there may be one. The
// number of attempts alone needs no words.
func (c *outgoingCall) forbids(failure *Error, wait time.Duration) string {
	deadline, _ := c.ctx.Deadline()
	switch {
	case failure.canceled || c.attempt >= c.limit:
		return ""
	case failure.Code != codes.Unavailable && failure.Code != codes.DeadlineExceeded && failure.Code != codes.ResourceExhausted:
		return "it would get the same answer"
	case wait < 0:
		return "the dependency asked for none"
	case time.Until(deadline) <= wait:
		return "the time is up"
	case !c.client.budget.Spend():
		c.client.signals.RetriesDenied.Inc()
		return "the retry budget is spent"
	}
	return ""
}

// sleep waits, and reports false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
