package outbound

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
)

// What [Error.Cause] can be, besides the transport's own errors, context.DeadlineExceeded and context.Canceled.
var (
	// ErrOpen says that the circuit breaker is open: the call was not sent.
	ErrOpen = errors.New("circuit breaker is open")
	// ErrFull says that MaxInFlight calls were under way: the call was not sent.
	ErrFull = errors.New("too many calls in flight")
	// ErrTooLarge says that the answer's body exceeds MaxResponse.
	ErrTooLarge = errors.New("answer is larger than MaxResponse")
	// ErrStatus says that the answer told of a failure: 429 or 5xx. Error.Status holds which.
	ErrStatus = errors.New("answer tells of a failure")
	// ErrRedirects says that the call was redirected more than 5 times.
	ErrRedirects = errors.New("too many redirects")
)

// Error says that a dependency gave no usable answer. http.Client wraps it in a *url.Error, whose text holds the
// whole URL: take it out with [AsError] or errors.As before printing. Its own text never holds path, query or anything
// that the peer sent. The failure has been logged already when the caller gets it, so that to log it again is noise.
// A handler that can do nothing without the answer returns it as it is: see [Error.ProblemStatus].
type Error struct {
	// Dependency is Config.Name.
	Dependency string
	// Host and Port are those of the request's URL, the port also where the scheme implies it.
	Host, Port string
	// Timeout is the limit that ran out, or under which the attempt ran: Try, or less where the call's or the
	// caller's deadline came first.
	Timeout time.Duration
	// Attempt counts from 1 and is 0 when nothing was sent. Attempts is how many the call could have had.
	Attempt, Attempts int
	// Status is that of the last answer, or 0.
	Status int
	// Cause is why, for errors.Is and errors.As.
	Cause error

	what       string // in words
	why        string // no further attempt was made
	outcome    kitmetrics.Outcome
	repeatable bool          // another attempt may help
	counts     bool          // as a failure of the dependency, for the breaker
	after      time.Duration // what Retry-After asks for
}

// Error returns one line: "payments (127.0.0.1:8082): no answer within 800ms, attempt 2/2".
func (e *Error) Error() string {
	line := make([]byte, 0, 160)
	line = append(line, e.Dependency...)
	line = append(line, " ("...)
	line = append(line, net.JoinHostPort(e.Host, e.Port)...)
	line = append(line, "): "...)
	line = append(line, e.what...)
	if e.Attempt > 0 {
		line = append(line, ", attempt "...)
		line = strconv.AppendInt(line, int64(e.Attempt), 10)
		line = append(line, '/')
		line = strconv.AppendInt(line, int64(e.Attempts), 10)
		if e.outcome != kitmetrics.TimedOut {
			line = append(line, ", timeout "...)
			line = append(line, rounded(e.Timeout).String()...)
		}
	}
	if e.why != "" {
		line = append(line, ", no further attempt: "...)
		line = append(line, e.why...)
	}
	return string(line)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

const (
	soon     = time.Second // where the dependency did not say
	farAhead = time.Hour   // at most: what a dependency in trouble says must not send callers away for good
)

// ProblemStatus is what package problem answers a request with whose handler returns the error: 503, and after how long
// it is worth trying again, which is what the dependency's own Retry-After asked for, up to an hour, else a second.
func (e *Error) ProblemStatus() (status int, retryAfter time.Duration) {
	return http.StatusServiceUnavailable, min(orElse(e.after, soon), farAhead)
}

// AsError finds the Error in what an http.Client returned.
func AsError(err error) (*Error, bool) {
	return errors.AsType[*Error](err)
}

// rounded drops digits of a duration that nobody reads.
func rounded(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

// hostPort splits the URL's host. It allocates nothing.
func hostPort(u *url.URL) (host, port string) {
	host, port = u.Hostname(), u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	}
	return host, port
}

// statusText is the answer's status in words that are not the peer's.
func statusText(status int) string {
	line := "answered " + strconv.Itoa(status)
	if text := http.StatusText(status); text != "" {
		line += " " + text
	}
	return line
}
