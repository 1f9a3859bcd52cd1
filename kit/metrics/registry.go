package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewRegistry returns a registry that holds how full the process is: CPU,
// memory, file descriptors, goroutines, garbage collections and how long
// goroutines wait for a processor, which is the first sign of too little CPU.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(
			collectors.MetricsGC,
			collectors.MetricsScheduler,
		)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	return r
}

// Limits of [Handler].
const (
	// scrapesAtOnce leaves room for a pair of Prometheus servers and a
	// person with a browser, and keeps a scraper gone wild from the CPU.
	scrapesAtOnce = 4

	// scrapeTimeout is Prometheus' default scrape_timeout: later nobody
	// reads the answer.
	scrapeTimeout = 10 * time.Second
)

// Handler answers scrapes of g, in OpenMetrics with exemplars for whoever asks
// for it, else in Prometheus' text or protobuf format. One collector that fails
// does not hide the others: what could be collected is answered, and where g is
// a registry the failure is counted in promhttp_metric_handler_errors_total.
func Handler(g prometheus.Gatherer) http.Handler {
	o := promhttp.HandlerOpts{
		EnableOpenMetrics:   true,
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: scrapesAtOnce,
		Timeout:             scrapeTimeout,
	}
	if r, ok := g.(prometheus.Registerer); ok {
		o.Registry = r
	}
	return promhttp.HandlerFor(g, o)
}

// register registers all of list, or none; a nil r keeps them to themselves.
func register(r prometheus.Registerer, list ...prometheus.Collector) error {
	if r == nil {
		return nil
	}
	for i, c := range list {
		if err := r.Register(c); err != nil {
			for _, done := range list[:i] {
				r.Unregister(done)
			}
			return err
		}
	}
	return nil
}
