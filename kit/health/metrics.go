package health

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	upDesc = prometheus.NewDesc("health_dependency_up",
		"Whether the dependency is up (1).", []string{"dependency", "critical"}, nil)
	hungDesc = prometheus.NewDesc("health_dependency_hung",
		"Whether the dependency's check does not end though its time is over (1).", []string{"dependency", "critical"}, nil)
	tookDesc = prometheus.NewDesc("health_dependency_check_seconds",
		"How long the last check took.", []string{"dependency", "critical"}, nil)
	readyDesc = prometheus.NewDesc("health_ready",
		"Whether the process says that requests may be sent to it (1).", nil, nil)
	silentDesc = prometheus.NewDesc("health_loop_silent_seconds",
		"How long ago the loop last beat.", []string{"loop"}, nil)
)

// collector reads the monitor when it is scraped.
type collector struct{ monitor *Monitor }

func (c collector) Describe(to chan<- *prometheus.Desc) {
	to <- upDesc
	to <- hungDesc
	to <- tookDesc
	to <- readyDesc
	to <- silentDesc
}

func (c collector) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ready, statuses := c.monitor.Ready()
	gauge(readyDesc, number(ready))
	for _, s := range statuses {
		critical := strconv.FormatBool(s.Critical)
		gauge(upDesc, number(s.State == Up), s.Name, critical)
		gauge(hungDesc, number(s.State == Hung), s.Name, critical)
		gauge(tookDesc, s.Took.Seconds(), s.Name, critical)
	}
	for _, p := range c.monitor.pulses() {
		gauge(silentDesc, p.Since.Seconds(), p.Name)
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
