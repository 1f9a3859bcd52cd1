package main

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// latency measures how long requests took.
type latency interface {
	prometheus.Collector
	observe(value float64, route, status string)
}

var requestLabels = []string{"route", "status"}

type histogram struct{ *prometheus.HistogramVec }

func newHistogram(buckets []float64) latency {
	return histogram{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_server_request_duration_seconds", Help: "Time from a request's head to its answer.", Buckets: buckets,
	}, requestLabels)}
}

func (h histogram) observe(value float64, route, status string) {
	h.WithLabelValues(route, status).Observe(value)
}

// metrics are the golden signals.
type metrics struct {
	registry *prometheus.Registry
	latency  latency
	inFlight prometheus.Gauge
}

func newMetrics(b behaviour) metrics {
	m := metrics{
		registry: prometheus.NewRegistry(), latency: b.latency(b.buckets),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_server_requests_in_flight", Help: "Requests that are being answered."}),
	}
	m.registry.MustRegister(m.latency, m.inFlight, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (i *instance) measured(p *exchange) {
	status := strconv.Itoa(i.status(p.status))
	i.metrics.latency.observe(i.inUnit(p.took), i.route(p.pattern, p.request), status)
}
