package main

import "github.com/prometheus/client_golang/prometheus"

var _ = register(mutant{
	name: "no-histogram", requirement: "observability/golden-signals",
	sentence: "measures requests with a summary without quantiles, of which only an average can be read",
	breaks:   func(b *behaviour) { b.latency = newSummary },
})

type summary struct{ *prometheus.SummaryVec }

func newSummary([]float64) latency {
	return summary{prometheus.NewSummaryVec(prometheus.SummaryOpts{
		Name: "http_server_request_duration_seconds", Help: "Time from a request's head to its answer.",
	}, requestLabels)}
}

func (s summary) observe(value float64, route, status string) {
	s.WithLabelValues(route, status).Observe(value)
}
