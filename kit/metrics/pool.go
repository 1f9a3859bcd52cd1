package metrics

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PoolStats is the state of a pool of connections.
type PoolStats struct {
	Open   int           // connections that exist, in use or not
	InUse  int           // connections lent out
	Max    int           // connections that may exist
	Waits  int64         // times that somebody had to wait, since the start
	Waited time.Duration // how long they waited in sum, since the start
}

// NewPool registers the metrics of a pool with r, under the name that the
// service gives it. stats is called with each scrape and must be quick and safe
// for concurrent use: [database/sql.DB.Stats] and pgxpool's Stat are.
func NewPool(r prometheus.Registerer, name string, stats func() PoolStats) error {
	switch {
	case name == "":
		return errors.New("metrics: a pool needs a name")
	case stats == nil:
		return errors.New("metrics: a pool needs a function that tells its state")
	}
	if err := register(r, newPool(name, stats)); err != nil {
		return fmt.Errorf("metrics: register the pool %s: %w", name, err)
	}
	return nil
}

type pool struct {
	stats                           func() PoolStats
	open, inUse, max, waits, waited *prometheus.Desc
}

func newPool(name string, stats func() PoolStats) *pool {
	describe := func(metric, help string) *prometheus.Desc {
		return prometheus.NewDesc(metric, help, nil, prometheus.Labels{"pool": name})
	}
	return &pool{
		stats:  stats,
		open:   describe("pool_connections_open", "Connections that exist."),
		inUse:  describe("pool_connections_in_use", "Connections lent out."),
		max:    describe("pool_connections_max", "Connections that may exist."),
		waits:  describe("pool_waits_total", "Times that a connection was waited for."),
		waited: describe("pool_wait_seconds_total", "Time spent waiting for connections."),
	}
}

// Describe implements [prometheus.Collector].
func (p *pool) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{p.open, p.inUse, p.max, p.waits, p.waited} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (p *pool) Collect(ch chan<- prometheus.Metric) {
	s := p.stats()
	gauge := func(d *prometheus.Desc, v int) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
	gauge(p.open, s.Open)
	gauge(p.inUse, s.InUse)
	gauge(p.max, s.Max)
	ch <- prometheus.MustNewConstMetric(p.waits, prometheus.CounterValue, float64(s.Waits))
	ch <- prometheus.MustNewConstMetric(p.waited, prometheus.CounterValue, s.Waited.Seconds())
}
