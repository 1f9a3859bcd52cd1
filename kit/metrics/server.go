package metrics

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ServerOptions are the options of [NewServer].
type ServerOptions struct {
	// Threshold is the latency of the service's objective: the histogram
	// has an edge exactly there. 0 is [DefaultThreshold].
	Threshold time.Duration

	// Buckets are the edges of the histogram in seconds, ascending. None
	// are Prometheus' default ones, 5 ms to 10 s.
	Buckets []float64
}

// Server measures the requests that a service serves.
type Server struct {
	// InFlight is how many requests are being served.
	InFlight prometheus.Gauge

	durations histograms
	mu        sync.Mutex
	known     map[[2]string]*Route
}

// NewServer registers the metrics of served requests with r; nil keeps them
// unregistered. A registry has one Server, which several routers may share.
func NewServer(r prometheus.Registerer, o ServerOptions) (*Server, error) {
	if o.Threshold == 0 {
		o.Threshold = DefaultThreshold
	}
	buckets, err := edges(o.Buckets, o.Threshold)
	if err != nil {
		return nil, err
	}
	s := &Server{
		InFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_server_requests_in_flight", Help: "Requests being served.",
		}),
		durations: newHistograms("http_server_request_duration_seconds",
			"How long requests took, by route and class of status.", buckets, "method", "route", "status"),
		known: map[[2]string]*Route{},
	}
	if err := register(r, s.InFlight, s.durations); err != nil {
		return nil, fmt.Errorf("metrics: register the server's metrics (make one Server and share it): %w", err)
	}
	return s, nil
}

// Route returns the metrics of one route, the same for the same arguments. Both
// come from the service's code: the method of a known set and the route's
// template, as in "/orders/{id}", never what a caller sent.
func (s *Server) Route(method, route string) *Route {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{method, route}
	if r := s.known[key]; r != nil {
		return r
	}
	r := &Route{}
	for class := range r.durations {
		r.durations[class] = sync.OnceValue(func() *histogram { return s.durations.of(method, route, classes[class]) })
		if class >= 2 {
			r.durations[class]()
		}
	}
	s.known[key] = r
	return r
}

// Route holds the metrics of one route, resolved once: looking labels up costs
// 0.5 µs, an observation through what was found 0.05.
type Route struct {
	durations [6]func() *histogram // by class of status
}

// classes name the classes of status by their first digit. Answers with 1xx as
// their last status are those of taken-over connections: most routes never give
// one, so they alone get their series with the first.
var classes = [6]string{"unknown", "1xx", "2xx", "3xx", "4xx", "5xx"}

// Observe counts a request that was answered with status. traceID is the
// request's trace where that is sampled, to be kept as an example (exemplar),
// and "" elsewhere. A status out of 100 to 599 counts as unknown.
func (r *Route) Observe(status int, took time.Duration, traceID string) {
	r.of(status).observe(took, traceID)
}

// ObserveAt is [Route.Observe] of a sampled request, for who knows when it
// ended and has the trace's id as OpenTelemetry keeps it: neither is the clock
// asked nor, but for the few that become examples, a text made.
func (r *Route) ObserveAt(at time.Time, status int, took time.Duration, traceID [16]byte) {
	r.of(status).observeAt(at, took, traceID)
}

func (r *Route) of(status int) *histogram {
	class := status / 100
	if class < 1 || class > 5 {
		class = 0
	}
	return r.durations[class]()
}
