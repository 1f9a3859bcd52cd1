package main

import "github.com/prometheus/client_golang/prometheus"

var _ = register(mutant{
	name: "no-histogram", requirement: "observability/golden-signals",
	sentence: "counts requests and adds their seconds up, so that only an average can be read",
	breaks:   func(b *behaviour) { b.latency = newAverage },
})

// average is what remains of a histogram without buckets.
type average struct{ requests, seconds *prometheus.CounterVec }

func newAverage([]float64) latency {
	return average{
		prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_server_requests_total", Help: "Requests answered."}, requestLabels),
		prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_server_busy_seconds_total", Help: "Seconds spent on them."}, []string{"for"}),
	}
}

func (a average) Describe(descs chan<- *prometheus.Desc) {
	a.requests.Describe(descs)
	a.seconds.Describe(descs)
}

func (a average) Collect(samples chan<- prometheus.Metric) {
	a.requests.Collect(samples)
	a.seconds.Collect(samples)
}

func (a average) observe(value float64, route, status string) {
	a.requests.WithLabelValues(route, status).Inc()
	a.seconds.WithLabelValues(route).Add(value)
}
