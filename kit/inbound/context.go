package inbound

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// requestContext is the context of a request. The chain of standard contexts
// that it stands for – a deadline, a span, the request's state – costs eight
// allocations and 0.7 µs; most handlers only ever ask for the span. So it
// answers for the values itself, and makes the deadline's timer when somebody
// first waits for it.
type requestContext struct {
	parent   context.Context
	exchange *exchange
	deadline time.Time  // of the route or the caller; zero: none
	span     trace.Span // what OpenTelemetry finds; nil: the parent's
	unsaved  contextSpan

	ended atomic.Bool
	timed atomic.Pointer[timedContext] // nil until somebody waits
}

// timedContext is the standard context with the deadline.
type timedContext struct {
	context.Context
	stop context.CancelFunc
}

type exchangeKey struct{}

// Deadline implements [context.Context]. The parent's is only looked for now: to
// find that a server's contexts have none takes 40 ns.
func (c *requestContext) Deadline() (time.Time, bool) {
	at, ok := c.parent.Deadline()
	if c.deadline.IsZero() || ok && at.Before(c.deadline) {
		return at, ok
	}
	return c.deadline, true
}

// late reports whether the time was over before the request began.
func (c *requestContext) late(start time.Time) bool {
	return !c.deadline.IsZero() && !c.deadline.After(start) || c.parent.Err() == context.DeadlineExceeded
}

// Done implements [context.Context].
func (c *requestContext) Done() <-chan struct{} { return c.wait().Done() }

// Err implements [context.Context]. While nobody waits, the clock is asked.
func (c *requestContext) Err() error {
	if c.timed.Load() == nil && !c.ended.Load() && c.parent.Err() == nil &&
		(c.deadline.IsZero() || time.Until(c.deadline) > 0) {
		return nil
	}
	return c.wait().Err()
}

// Value implements [context.Context]. Through the timed context the standard
// library finds where to cancel children without a goroutine for each.
func (c *requestContext) Value(key any) any {
	switch {
	case key == spanKey && c.span != nil:
		return c.span
	case key == (exchangeKey{}):
		return c.exchange
	}
	if t := c.timed.Load(); t != nil {
		return t.Value(key)
	}
	return c.parent.Value(key)
}

// wait returns the standard context. Of several that are made at once the first
// is kept. Whether it or the request's end comes first, one sees the other.
func (c *requestContext) wait() context.Context {
	if t := c.timed.Load(); t != nil {
		return t
	}
	t := &timedContext{}
	if c.deadline.IsZero() {
		t.Context, t.stop = context.WithCancel(c.parent)
	} else {
		t.Context, t.stop = context.WithDeadline(c.parent, c.deadline)
	}
	if !c.timed.CompareAndSwap(nil, t) {
		t.stop()
	}
	if c.ended.Load() {
		c.timed.Load().stop()
	}
	return c.timed.Load()
}

// end cancels the context, as a server does when the handler has returned.
func (c *requestContext) end() {
	c.ended.Store(true)
	if t := c.timed.Load(); t != nil {
		t.stop()
	}
}

// setSpan makes span what OpenTelemetry finds in the context.
func (c *requestContext) setSpan(span trace.Span) {
	if spanKey == nil {
		c.parent = trace.ContextWithSpan(c.parent, span)
	}
	c.span = span
}

// setSpanContext is setSpan for a span that nobody records.
func (c *requestContext) setSpanContext(sc trace.SpanContext) {
	c.unsaved = contextSpan{&silent, sc}
	c.setSpan(&c.unsaved)
}

// contextSpan is a span that is only handed on. It shares the span that does
// nothing, which would take another 72 bytes of each request.
type contextSpan struct {
	*noop.Span
	sc trace.SpanContext
}

var silent noop.Span

// SpanContext implements [trace.Span].
func (s *contextSpan) SpanContext() trace.SpanContext { return s.sc }

// spanKey is the key under which OpenTelemetry looks for the span in a context.
// It is not exported, but whoever is asked hears it. Were it ever not asked for,
// spanKey would be nil and setSpan take the long way.
var spanKey = func() any {
	p := &keyProbe{Context: context.Background()}
	trace.SpanFromContext(p)
	return p.key
}()

type keyProbe struct {
	context.Context
	key any
}

func (p *keyProbe) Value(key any) any {
	p.key = key
	return nil
}
