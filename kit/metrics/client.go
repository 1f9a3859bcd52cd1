package metrics

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Outcome is how a call to a dependency ended, all its attempts taken together.
// The set is closed, so that the label is.
type Outcome int

// The outcomes of a call.
const (
	Answered    Outcome = iota // an answer that is no failure, 4xx too
	Failed                     // an answer that tells of a failure: 429, 5xx, one that cannot be read
	TimedOut                   // no whole answer within the timeout
	Unreachable                // no connection, or one that broke
	Canceled                   // the caller gave up first
	Refused                    // not sent: the breaker is open or the bulkhead full
	outcomes                   // how many there are
)

var outcomeNames = [outcomes]string{"answered", "failed", "timeout", "unreachable", "canceled", "refused"}

// String returns the outcome as its label says it.
func (o Outcome) String() string {
	if o < 0 || o >= outcomes {
		return "unknown"
	}
	return outcomeNames[o]
}

// ClientOptions are the options of [NewClient].
type ClientOptions struct {
	// Buckets are the edges of the histogram in seconds, ascending. None
	// are Prometheus' default ones, 5 ms to 10 s.
	Buckets []float64
}

// Client counts the calls that a service makes.
type Client struct {
	durations                           histograms
	attempts, retries, denied, fallback *prometheus.CounterVec
	inFlight, breaker                   *prometheus.GaugeVec

	mu    sync.Mutex
	known map[string]*Dependency
}

// NewClient registers the metrics of calls with r; nil keeps them unregistered.
// All clients of a registry share one Client, each with a [Dependency] of its
// own: where r knows the metrics already, the Client counts in those, and the
// options of the first one hold.
func NewClient(r prometheus.Registerer, o ClientOptions) (*Client, error) {
	buckets, err := edges(o.Buckets, 0)
	if err != nil {
		return nil, err
	}
	const of = "dependency"
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{of}, labels...))
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{of})
	}
	c := &Client{
		durations: newHistograms("http_client_request_duration_seconds",
			"How long calls took with all their attempts, by how they ended.", buckets, of, "outcome"),
		attempts: counter("http_client_attempts_total", "Attempts of calls, the first and the retries."),
		retries:  counter("http_client_retries_total", "Attempts after the first."),
		denied:   counter("http_client_retries_denied_total", "Retries not made because the retry budget was spent."),
		fallback: counter("http_client_fallbacks_total", "Calls that were answered by a fallback.", "kind"),
		inFlight: gauge("http_client_requests_in_flight", "Calls under way."),
		breaker:  gauge("http_client_breaker_state", "State of the circuit breaker: 0 closed, 1 half-open, 2 open."),
		known:    map[string]*Dependency{},
	}
	if r == nil {
		return c, nil
	}
	if err := errors.Join(
		shared(r, &c.durations.HistogramVec), shared(r, &c.attempts), shared(r, &c.retries), shared(r, &c.denied),
		shared(r, &c.fallback), shared(r, &c.inFlight), shared(r, &c.breaker),
	); err != nil {
		return nil, fmt.Errorf("metrics: register the metrics of calls: %w", err)
	}
	return c, nil
}

// shared registers a collector, or takes the one that r has in its place.
func shared[C prometheus.Collector](r prometheus.Registerer, c *C) error {
	err := r.Register(*c)
	var again prometheus.AlreadyRegisteredError
	if !errors.As(err, &again) {
		return err
	}
	was, ok := again.ExistingCollector.(C)
	if !ok {
		return fmt.Errorf("metrics: registered already as %T: %w", again.ExistingCollector, err)
	}
	*c = was
	return nil
}

// Dependency returns the metrics of the calls to one dependency. The name is
// the service's own for it, as in "payments": never a host or an address that
// callers choose.
func (c *Client) Dependency(name string) *Dependency {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.known[name]; d != nil {
		return d
	}
	d := &Dependency{
		Attempts:      c.attempts.WithLabelValues(name),
		Retries:       c.retries.WithLabelValues(name),
		RetriesDenied: c.denied.WithLabelValues(name),
		InFlight:      c.inFlight.WithLabelValues(name),
		Breaker:       c.breaker.WithLabelValues(name),
		fallbacks:     c.fallback.MustCurryWith(prometheus.Labels{"dependency": name}),
	}
	for o := range outcomes {
		d.durations[o] = c.durations.of(name, o.String())
	}
	c.known[name] = d
	return d
}

// Dependency holds the metrics of the calls to one dependency, resolved once.
type Dependency struct {
	Attempts      prometheus.Counter // attempts, the first ones too
	Retries       prometheus.Counter // attempts after the first
	RetriesDenied prometheus.Counter // retries that the budget forbade
	InFlight      prometheus.Gauge   // calls under way
	Breaker       prometheus.Gauge   // 0 closed, 1 half-open, 2 open

	durations [outcomes]*histogram
	fallbacks *prometheus.CounterVec
}

// Observe counts a call that ended. traceID is the call's trace where that is
// sampled, to be kept as an example, and "" elsewhere.
func (d *Dependency) Observe(o Outcome, took time.Duration, traceID string) {
	d.of(o).observe(took, traceID)
}

// ObserveAt is [Dependency.Observe] of a sampled call: see [Route.ObserveAt].
func (d *Dependency) ObserveAt(at time.Time, o Outcome, took time.Duration, traceID [16]byte) {
	d.of(o).observeAt(at, took, traceID)
}

func (d *Dependency) of(o Outcome) *histogram {
	if o < 0 || o >= outcomes {
		o = Failed
	}
	return d.durations[o]
}

// Fallback returns the counter of one kind of fallback: "stale", "degraded".
// Ask once and keep it.
func (d *Dependency) Fallback(kind string) prometheus.Counter {
	return d.fallbacks.WithLabelValues(kind)
}
