package inbound

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/golive-dev/golive/kit/problem"
)

// refusal is why a request was refused before its handler was asked.
type refusal uint8

const (
	notRefused refusal = iota
	refusedOff
	refusedRate
	refusedOverload
	refusedLate
	refusedLarge
)

// String returns the reason as the log has it.
func (r refusal) String() string {
	return [...]string{"", "switched off", "rate limit", "overload", "deadline", "too large"}[r]
}

// admit lets the request in, or answers why not. What costs least is asked
// first, and the place among those in flight last.
func (x *exchange) admit() bool {
	rt, r := x.route, &x.request
	x.limit()
	if rt.on != nil && !rt.on.On() {
		return x.refuse(refusedOff, problem.New(http.StatusServiceUnavailable, "this function is switched off at the moment"), 0)
	}
	if r.ContentLength > rt.maxBody {
		return x.refuse(refusedLarge, tooLarge(rt.maxBody), 0)
	}
	if x.ctx.late(x.start) {
		return x.refuse(refusedLate, tooLate(), 0)
	}
	for _, c := range [...]*callers{x.mux.callers, rt.callers} {
		if c == nil {
			continue
		}
		if wait := c.ask(r, x.start); wait > 0 {
			return x.refuse(refusedRate, problem.New(http.StatusTooManyRequests, "too many requests from this caller"), wait)
		}
	}
	if x.mux.options.Limiter != nil {
		ticket, ok := x.mux.options.Limiter.Acquire(&x.ctx, rt.priority)
		if !ok {
			return x.refuse(refusedOverload, problem.New(http.StatusServiceUnavailable, "too many requests at the moment"), soon())
		}
		x.ticket = ticket
	}
	return true
}

func (x *exchange) refuse(why refusal, p *problem.Problem, retryAfter time.Duration) bool {
	x.refused = why
	p.RetryAfter = retryAfter
	problem.Write(&x.res, &x.request, p)
	return false
}

// soon is when to come back after an overload: 1 to 3 s, drawn, so that those
// who were refused together do not come back together.
func soon() time.Duration { return time.Second + rand.N(2*time.Second) }

func tooLarge(most int64) *problem.Problem {
	return problem.Newf(http.StatusRequestEntityTooLarge, "the body may have %d bytes", most)
}

func tooSlow() *problem.Problem {
	return problem.New(http.StatusRequestTimeout, "the body came too slowly")
}

func tooLate() *problem.Problem {
	return problem.New(http.StatusGatewayTimeout, "there was no answer within the time allowed")
}

// match takes the request for one of rt's, where http.ServeMux did not.
func (x *exchange) match(rt *route) {
	x.route, x.endpoint = rt, rt.endpoint(x.request.Method)
	x.startTrace()
}

// answerUnmatched answers what http.ServeMux has no route for: 404 for an
// unknown path, 405 with Allow for a known one, or a redirect to the clean path.
func (x *exchange) answerUnmatched() {
	x.match(x.mux.unmatched)
	if status := x.res.own; status != 0 {
		x.res.own = 0
		problem.Write(&x.res, &x.request, problem.New(status, ""))
	}
}
