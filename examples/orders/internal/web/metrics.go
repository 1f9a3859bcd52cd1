package web

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the golden signals of what the service answers.
type Metrics struct {
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
}

// NewMetrics registers the metrics of requests, of the process and of the
// runtime. A route is a template, so the number of series does not grow with
// what customers send. The bucket edge at 0.5 s is the objective's threshold.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_server_request_duration_seconds",
			Help:    "Time from a request's head to its answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .2, .3, .4, .5, .75, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_server_requests_in_flight",
			Help: "Requests that are being answered.",
		}),
	}
	registry.MustRegister(m.durations, m.inFlight, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) observe(method, route string, status int, took time.Duration) {
	m.durations.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}
