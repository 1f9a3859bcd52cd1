package inbound

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/log"
)

// instrumentation names who made the spans.
const instrumentation = "github.com/golive-dev/golive/kit/inbound"

// Mux routes requests by [http.ServeMux]'s patterns and does for each what a
// service owes it: limits, a line of log, metrics, tracing, recovery. It is an
// [http.Handler]. Register all routes before it serves.
type Mux struct {
	options   Options
	lines     *log.Handler // nil: the logger is of another make
	tracer    trace.Tracer
	callers   *callers // nil: no limit of rate over all routes
	mux       *http.ServeMux
	unmatched *route
	draining  atomic.Bool
}

// New returns a Mux without routes. The error names the option that is wrong.
func New(o Options) (*Mux, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := &Mux{options: o, mux: http.NewServeMux(), tracer: o.Tracer.Tracer(instrumentation)}
	m.lines, _ = log.FromLogger(o.Log)
	if o.Rate.PerSecond > 0 {
		m.callers = newCallers(o.Rate)
	}
	m.unmatched = m.newRoute("", unmatched, nil)
	return m, nil
}

// Handle serves what matches pattern, as in "GET /orders/{id}", with h. Like
// [http.ServeMux.Handle] it panics if the pattern is malformed or taken.
func (m *Mux) Handle(pattern string, h http.Handler, options ...RouteOption) {
	if h == nil {
		panic(fmt.Sprintf("inbound: no handler for %q", pattern))
	}
	method, template := split(pattern)
	rt := m.newRoute(method, template, h)
	for _, option := range options {
		option(rt)
	}
	m.mux.Handle(pattern, rt)
}

// HandleFunc is [Mux.Handle] with a function.
func (m *Mux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request), options ...RouteOption) {
	m.Handle(pattern, http.HandlerFunc(h), options...)
}

// HandleErr is [Mux.Handle] with a function that returns what went wrong
// instead of writing it.
func (m *Mux) HandleErr(pattern string, h Func, options ...RouteOption) {
	m.Handle(pattern, h, options...)
}

// SetDraining asks callers, with each answer from now on, to close their
// connection: Connection: close in HTTP/1, GOAWAY in HTTP/2. They open their
// next one elsewhere, once the service is not ready.
func (m *Mux) SetDraining() { m.draining.Store(true) }

// ServeHTTP implements [http.Handler].
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{mux: m, start: time.Now()}
	x.ctx.parent, x.ctx.exchange = r.Context(), x
	x.res.inner, x.res.exchange = w, x
	x.request = *r.WithContext(&x.ctx) // which is inlined, so that its copy takes no allocation
	m.options.Metrics.InFlight.Inc()
	defer x.end()
	m.mux.ServeHTTP(&x.res, &x.request)
	if x.route == nil {
		x.answerUnmatched()
	}
}
