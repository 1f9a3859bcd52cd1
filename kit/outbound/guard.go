package outbound

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/golive-dev/golive/kit/internal/budget"
	kitmetrics "github.com/golive-dev/golive/kit/metrics"
	kittrace "github.com/golive-dev/golive/kit/trace"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel/trace"
)

var errPanicked = errors.New("the transport panicked")

// A guard is the http.RoundTripper of a client: it stands between the service and one dependency.
type guard struct {
	Config
	bulkhead  bulkhead
	budget    *budget.Budget
	breaker   *gobreaker.TwoStepCircuitBreaker[struct{}] // nil when off
	tracer    trace.Tracer
	log       logs
	metrics   *kitmetrics.Dependency
	fallbacks prometheus.Counter
	single    share // of a call that may have one attempt only
	repeated  share // of a call that may have more
}

// A share is the time that an attempt may have at most, and how the Request-Timeout header says it.
type share struct {
	of   time.Duration
	text string
}

func newShare(of time.Duration) share { return share{of: of, text: requestTimeout(of)} }

func newGuard(c Config, m *kitmetrics.Dependency) *guard {
	if s, ok := c.Fallback.(*stale); ok {
		c.Fallback = s.empty() // two clients may send other credentials by their transports: never share answers
	}
	g := &guard{
		Config:    c,
		bulkhead:  bulkhead{most: int64(c.MaxInFlight)},
		budget:    budget.New(c.Budget, c.BudgetMinimum),
		tracer:    c.Tracer.Tracer("github.com/golive-dev/golive/kit/outbound"),
		log:       newLogs(c.Log, c.Name),
		metrics:   m,
		fallbacks: m.Fallback(c.Fallback.Kind()),
		single:    newShare(orElse(c.Try, c.Timeout)),
		repeated:  newShare(orElse(c.Try, c.Timeout/time.Duration(c.Attempts))),
	}
	g.breaker = newBreaker(c.Name, c.Breaker, func(from, to gobreaker.State) {
		m.Breaker.Set(float64(to))
		g.log.breaker(from, to)
	})
	return g
}

// RoundTrip implements http.RoundTripper. Its error, if any, is an *Error or that of a fallback of the user's own.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	c := g.newCall(req)
	defer c.free()
	resp, failure := g.answer(c)
	if failure != nil {
		return g.fallBack(c, failure)
	}
	if _, ok := resp.Body.(*redirect); !ok {
		c.answered(resp.StatusCode, time.Since(c.began))
		g.keep(req, resp)
	}
	return resp, nil
}

// answered tells of a call that ended with an answer.
func (c *call) answered(status int, took time.Duration) {
	at := c.began.Add(took) // the clock is asked once
	c.observe(at, kitmetrics.Answered, took)
	c.g.log.completed(c, status, at, took)
}

// answer sends the call if the bulkhead and the breaker let it through.
func (g *guard) answer(c *call) (*http.Response, *Error) {
	if refusal := g.admit(c); refusal != nil {
		closeBody(c.req)
		return nil, refusal
	}
	judged := errPanicked
	defer func() {
		if !c.open {
			c.leave(judged)
		}
	}()
	g.budget.Earn()
	resp, failure := c.run()
	if failure == nil && sendsOn(resp) {
		failure = c.sentOn(resp)
	}
	judged = verdict(failure)
	return resp, failure
}

// admit takes a place in the bulkhead and asks the breaker.
func (g *guard) admit(c *call) *Error {
	if !g.bulkhead.enter() {
		return c.refused(ErrFull, "too many calls in flight")
	}
	if g.breaker != nil {
		done, err := g.breaker.Allow()
		if err != nil {
			g.bulkhead.leave()
			return c.refused(ErrOpen, "circuit breaker is open")
		}
		c.done = done
	}
	g.metrics.InFlight.Inc()
	return nil
}

// leave gives back what admit took, and tells the breaker how the call went.
func (c *call) leave(verdict error) {
	if c.done != nil {
		c.done(verdict)
	}
	c.g.metrics.InFlight.Dec()
	c.g.bulkhead.leave()
}

// calm reports whether retries make sense: while the breaker is open or probing they do not.
func (g *guard) calm() bool {
	return g.breaker == nil || g.breaker.State() == gobreaker.StateClosed
}

// keep hands an answer to a fallback that learns from answers.
func (g *guard) keep(req *http.Request, resp *http.Response) {
	keeper, ok := g.Fallback.(keeper)
	if !ok {
		return
	}
	if b, ok := resp.Body.(*buffered); ok {
		keeper.keep(req, resp, b.content)
	}
}

// fallBack turns a failure into what the owner decided for it, counts and logs it once.
func (g *guard) fallBack(c *call, failure *Error) (*http.Response, error) {
	took := time.Since(c.began)
	c.observe(c.began.Add(took), failure.outcome, took)
	if failure.outcome == kitmetrics.Canceled {
		g.log.canceled(c, failure, took)
		return nil, failure // nobody is there to be answered
	}
	resp, err := g.Fallback.Answer(c.req, failure)
	if err == nil && resp == nil {
		err = failure
	}
	if err != nil {
		g.log.failed(c, failure, took, "")
		return nil, err
	}
	kind := g.Fallback.Kind()
	g.fallbacks.Inc()
	g.log.failed(c, failure, took, kind)
	g.log.fellBack(c, kind, resp.StatusCode)
	resp.Request = c.req.WithContext(context.WithValue(c.req.Context(), fellBackKey{}, kind))
	return resp, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (g *guard) CloseIdleConnections() {
	if t, ok := g.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// observe counts a call that ended, with its trace where that is sampled, for the histogram's examples.
func (c *call) observe(at time.Time, outcome kitmetrics.Outcome, took time.Duration) {
	if c.parent.IsSampled() {
		c.g.metrics.ObserveAt(at, outcome, took, c.parent.TraceID())
		return
	}
	c.g.metrics.Observe(outcome, took, "")
}

// parentOf finds the span that the call belongs to: the context's or, in a proxy, the header's.
func parentOf(req *http.Request) trace.SpanContext {
	if sc := trace.SpanContextFromContext(req.Context()); sc.IsValid() {
		return sc
	}
	sc, _ := kittrace.Extract(req.Header)
	return sc
}
