package outbound

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
	"go.opentelemetry.io/otel/trace"
)

// A call is one request of the service's code, with all its attempts.
type call struct {
	g          *guard
	req        *http.Request
	host, port string
	parent     trace.SpanContext
	began      time.Time // of the first request, where redirects led to this one
	start      time.Time
	deadline   time.Time
	share      *share        // the time of an attempt, at most
	limit      int           // attempts that it may have
	attempt    int           // the one under way, counted from 1
	granted    time.Duration // the time that the attempt under way has
	fair       bool          // one attempt had half of its share or more, so that a timeout tells about the dependency
	redirects  int           // that led to this request
	open       bool          // what becomes of the answer ends the call: a stream is read, or a redirect followed or not
	done       func(error)   // tells the breaker
}

var calls = sync.Pool{New: func() any { return new(call) }}

// free ends the use of c, unless the answer's body still needs it.
func (c *call) free() {
	if !c.open {
		*c = call{}
		calls.Put(c)
	}
}

func (g *guard) newCall(req *http.Request) *call {
	c := calls.Get().(*call)
	c.g, c.req, c.parent, c.start = g, req, parentOf(req), time.Now()
	c.began = c.start
	c.host, c.port = hostPort(req.URL)
	c.deadline = c.start.Add(g.Timeout)
	if d, ok := req.Context().Deadline(); ok && d.Before(c.deadline) {
		c.deadline = d
	}
	if before, ok := hopBefore(req); ok {
		c.began, c.attempt, c.redirects = before.began, before.retries, before.redirects+1
		if before.deadline.Before(c.deadline) {
			c.deadline = before.deadline
		}
	}
	c.limit, c.share = c.attempt+1, &g.single
	if g.Attempts > c.limit && repeatable(req) {
		c.limit, c.share = g.Attempts, &g.repeated
	}
	return c
}

// run makes attempts until one succeeds or none may follow.
func (c *call) run() (*http.Response, *Error) {
	for {
		resp, failure := c.try()
		if failure == nil {
			return resp, nil
		}
		wait, ok := c.again(failure)
		if !ok {
			return nil, failure
		}
		c.g.log.retried(c, failure, wait)
		if !c.sleep(wait) {
			return nil, c.left()
		}
		c.g.metrics.Retries.Inc()
	}
}

// again decides whether a further attempt follows, and after which wait. A denial is told in the failure.
func (c *call) again(failure *Error) (time.Duration, bool) {
	if !failure.repeatable || c.attempt >= c.limit {
		return 0, false
	}
	if !c.g.calm() {
		failure.why = "circuit breaker is open"
		return 0, false
	}
	wait, ok := c.wait(failure.after)
	if !ok {
		failure.why = "the wait would pass the deadline"
		return 0, false
	}
	if !c.g.budget.Spend() {
		c.g.metrics.RetriesDenied.Inc()
		failure.why = "retry budget is spent"
		return 0, false
	}
	return wait, true
}

// wait returns a random backoff that comes after what Retry-After asked for, if that leaves time for an attempt.
func (c *call) wait(asked time.Duration) (time.Duration, bool) {
	rest := time.Until(c.deadline) - asked
	random := c.g.Backoff.wait(c.attempt)
	if asked > 0 {
		random = min(random, rest/2) // the peer named the time: spread around it, but do not give up for the spread
	}
	return asked + random, random < rest
}

// sleep waits, and reports false when the caller left meanwhile.
func (c *call) sleep(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.req.Context().Done():
		return c.req.Context().Err() == context.DeadlineExceeded // the next attempt finds no time left
	case <-c.req.Cancel: //nolint:staticcheck // http.Client still uses it for its own Timeout
		return false
	}
}

// gone reports whether the caller gave the call up, which is no failure of the dependency.
func (c *call) gone() bool {
	if c.req.Context().Err() == context.Canceled {
		return true
	}
	select {
	case <-c.req.Cancel: //nolint:staticcheck // http.Client still uses it for its own Timeout
		return true
	default:
		return false
	}
}

// failure returns an Error with what is known of the call.
func (c *call) failure(outcome kitmetrics.Outcome, cause error, what string) *Error {
	return &Error{
		Dependency: c.g.Name, Host: c.host, Port: c.port,
		Timeout: c.granted, Attempt: c.attempt, Attempts: c.limit,
		Cause: cause, what: what, outcome: outcome,
	}
}

func (c *call) refused(cause error, what string) *Error {
	e := c.failure(kitmetrics.Refused, cause, "not sent: "+what)
	e.Timeout, e.Attempt = c.share.of, 0
	return e
}

func (c *call) left() *Error {
	return c.failure(kitmetrics.Canceled, context.Canceled,
		"the caller left after "+rounded(time.Since(c.began)).String())
}

// late is the failure of an attempt for which no time is left.
func (c *call) late() *Error {
	c.granted = 0
	if c.gone() {
		return c.left()
	}
	e := c.failure(kitmetrics.TimedOut, context.DeadlineExceeded, "no time was left for an attempt")
	e.counts = c.fair
	return e
}

// broken judges an error of the transport, before the answer's headers or in its body.
func (c *call) broken(err error, inBody bool) *Error {
	switch {
	case c.gone():
		return c.left()
	case timedOut(err) || errors.Is(err, context.Canceled): // not by the caller, so by a deadline of ours
		what := "no answer within "
		if inBody {
			what = "headers came, but the body did not end within "
		}
		e := c.failure(kitmetrics.TimedOut, context.DeadlineExceeded, what+rounded(c.granted).String())
		e.repeatable, e.counts = true, c.fair
		return e
	}
	e := c.failure(kitmetrics.Unreachable, err, reason(err))
	e.repeatable, e.counts = !hopeless(err), true
	return e
}

// status judges an answer by its status; nil means that it is an answer. 429 is the one 4xx that is not: the
// dependency is well, but has refused to work on the request.
func (c *call) status(resp *http.Response) *Error {
	code := resp.StatusCode
	if code < http.StatusInternalServerError && code != http.StatusTooManyRequests {
		return nil
	}
	e := c.failure(kitmetrics.Failed, ErrStatus, statusText(code))
	e.Status, e.counts = code, code >= http.StatusInternalServerError
	switch code {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.repeatable = true
		e.after, _ = retryAfter(resp.Header, time.Now())
	}
	return e
}
