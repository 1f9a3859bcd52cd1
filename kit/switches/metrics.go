package switches

import "github.com/prometheus/client_golang/prometheus"

var (
	onDesc = prometheus.NewDesc("switch_on",
		"Whether the switch is on (1) or off (0).", []string{"switch"}, nil)
	flipsDesc = prometheus.NewDesc("switch_flips_total",
		"How often the switch was flipped since the process began.", []string{"switch"}, nil)
	failingDesc = prometheus.NewDesc("switch_file_failing",
		"Whether the file of switches could not be used at the last try (1).", nil, nil)
)

// collector reads the switches when it is scraped, so that a flip costs no
// metric.
type collector struct{ set *Set }

func (c collector) Describe(to chan<- *prometheus.Desc) {
	to <- onDesc
	to <- flipsDesc
	to <- failingDesc
}

func (c collector) Collect(to chan<- prometheus.Metric) {
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	for name, w := range c.set.switches {
		to <- prometheus.MustNewConstMetric(onDesc, prometheus.GaugeValue, number(w.On()), name)
		to <- prometheus.MustNewConstMetric(flipsDesc, prometheus.CounterValue, float64(w.flips.Load()), name)
	}
	to <- prometheus.MustNewConstMetric(failingDesc, prometheus.GaugeValue, number(c.set.failing != ""))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
