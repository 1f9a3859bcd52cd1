package secret

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of one secret. Times instead of ages, so that they stay true of a
// process that hangs.
type metrics struct {
	read, change prometheus.Gauge
	failures     prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		read: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "secret_last_read_timestamp_seconds",
			Help: "Unix time of the last read of the secret that succeeded.",
		}),
		change: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "secret_last_change_timestamp_seconds",
			Help: "Unix time at which the secret's content was last found changed, or first read.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "secret_refresh_failures_total",
			Help: "Reads of the secret that failed and left the content before in use.",
		}),
	}
}

func (m metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.read, m.change, m.failures}
}

// register adds all metrics or none, under the secret's name, and returns how to
// take them off.
func (m metrics) register(r prometheus.Registerer, name string) (unregister func(), err error) {
	unregister = func() {}
	if r == nil {
		return unregister, nil
	}
	r = prometheus.WrapRegistererWith(prometheus.Labels{"secret": name}, r)
	for i, c := range m.all() {
		if err := r.Register(c); err != nil {
			for _, done := range m.all()[:i] {
				r.Unregister(done)
			}
			return unregister, fmt.Errorf("register the metrics of secret %s (watch each source once): %w", name, err)
		}
	}
	return func() {
		for _, c := range m.all() {
			r.Unregister(c)
		}
	}, nil
}
