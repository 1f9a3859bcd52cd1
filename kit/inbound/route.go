package inbound

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/shed"
	"github.com/golive-dev/golive/kit/switches"
)

// What stands for names that only the caller knows.
const (
	unmatched   = "unmatched" // the route of what no pattern matches
	otherMethod = "other"     // the method of what RFC 9110 and 5789 do not name
)

// methods are the ones that metrics, logs and spans name.
var methods = [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", otherMethod}

// RouteOption changes how one route is served.
type RouteOption func(*route)

// Timeout is how long requests of the route may take, instead of
// [Options.Timeout]. 0 lifts the limit, for what streams. A negative one
// panics.
func Timeout(d time.Duration) RouteOption {
	if d < 0 {
		panic("inbound: the timeout of a route must not be negative")
	}
	return func(rt *route) { rt.timeout = d }
}

// MaxBody is how many bytes the bodies of the route's requests may have,
// instead of [Options.MaxBody]. A negative number panics.
func MaxBody(bytes int64) RouteOption {
	if bytes < 0 {
		panic("inbound: the greatest body of a route must not be negative")
	}
	return func(rt *route) { rt.maxBody = bytes }
}

// Priority is how late the route's requests are refused when there are too
// many for [Options.Limiter]. Without it they are [shed.Normal].
func Priority(p shed.Priority) RouteOption {
	return func(rt *route) { rt.priority = p }
}

// Switch refuses the route's requests with 503 while s is off.
func Switch(s *switches.Switch) RouteOption {
	return func(rt *route) { rt.on = s }
}

// RateLimit bounds how often each caller may ask for the route: perSecond in
// the long run, burst at once. key tells callers apart; nil does by the peer's
// IP address. See [Rate]. Numbers that are not positive panic.
func RateLimit(perSecond float64, burst int, key func(*http.Request) string) RouteOption {
	rate := Rate{PerSecond: perSecond, Burst: burst, Key: key}
	if err := rate.check(); err != nil || perSecond == 0 {
		panic("inbound: the rate limit of a route needs a positive rate and burst")
	}
	callers := newCallers(rate)
	return func(rt *route) { rt.callers = callers }
}

// Quiet leaves the route's requests out of the log unless they fail, for what
// asks all the time and tells nothing: probes and scrapes.
func Quiet() RouteOption {
	return func(rt *route) { rt.quiet = true }
}

// route is what was registered under one pattern.
type route struct {
	template string // "/orders/{id}"
	handler  http.Handler
	timeout  time.Duration // 0: none
	maxBody  int64
	priority shed.Priority
	on       *switches.Switch // nil: always
	callers  *callers         // nil: no limit of rate
	quiet    bool

	lines   *log.Handler // nil: the logger is of another make
	metrics *metrics.Server
	own     *endpoint // of the pattern's method, "other" where it names none
	others  [len(methods)]atomic.Pointer[endpoint]
}

// endpoint is a route for one method: what each request needs, made once.
type endpoint struct {
	method   string
	route    string
	metrics  *metrics.Route
	name     string                     // of its spans
	says     []attribute.KeyValue       // of its spans: method and route
	judged   []trace.SpanStartOption    // of a span that the SDK's sampler has to judge
	lines    *log.Handler               // nil: the logger is of another make
	outcomes [6]atomic.Pointer[outcome] // the last one of each class of status
}

func (m *Mux) newRoute(method, template string, h http.Handler) *route {
	rt := &route{template: template, handler: h, timeout: m.options.Timeout, maxBody: m.options.MaxBody, lines: m.lines, metrics: m.options.Metrics}
	if method != "" {
		rt.own = rt.newEndpoint(method)
	}
	return rt
}

// split separates a pattern's method from its host and path.
func split(pattern string) (method, template string) {
	method, template, found := strings.Cut(pattern, " ")
	if !found {
		return "", pattern
	}
	return method, strings.TrimLeft(template, " \t")
}

func (rt *route) newEndpoint(method string) *endpoint {
	e := &endpoint{
		method: method, route: rt.template, name: method + " " + rt.template,
		metrics: rt.metrics.Route(method, rt.template), lines: rt.lines,
	}
	e.says = []attribute.KeyValue{attribute.String("http.request.method", method)}
	if rt.template != unmatched {
		e.says = append(e.says, attribute.String("http.route", rt.template))
	}
	if method == otherMethod {
		e.says[0] = attribute.String("http.request.method", "_OTHER") // as the conventions have it
		e.name = "HTTP " + rt.template
	}
	e.judged = append(slices.Clip(serverSpan), trace.WithAttributes(e.says...))
	return e
}

// endpoint returns the route for a request's method. Methods that the pattern
// does not name – all of them, where it names none; HEAD, where it names GET –
// are made when first seen, and there are no more than the known ones.
func (rt *route) endpoint(method string) *endpoint {
	if rt.own != nil && method == rt.own.method {
		return rt.own
	}
	i := 0
	for i < len(methods)-1 && methods[i] != method {
		i++
	}
	if e := rt.others[i].Load(); e != nil {
		return e
	}
	rt.others[i].CompareAndSwap(nil, rt.newEndpoint(methods[i]))
	return rt.others[i].Load()
}
