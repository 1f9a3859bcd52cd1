package shed

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// telling is how often refusals are logged: they come by the thousand, when
// the service has least time for them.
const telling = 10 * time.Second

func (l *Limiter) refuse(p Priority) {
	l.refused[p].Add(1)
	l.crowd()
	now, told := l.now(), l.told.Load()
	if told != 0 && now-time.Duration(told) < telling || !l.told.CompareAndSwap(told, max(1, int64(now))) {
		return
	}
	s := l.Stats()
	l.options.Log.Warn("shed.refusing", "limit", s.Limit, "in_flight", s.InFlight, "waiting", s.Waiting,
		"refused_normal", s.Refused[Normal], "refused_critical", s.Refused[Critical], "refused_sheddable", s.Refused[Sheddable])
}

// crowd notes that the limit was met.
func (l *Limiter) crowd() {
	if l.adapt != nil && !l.adapt.crowded.Load() {
		l.adapt.crowded.Store(true)
	}
}

// Stats tell the state of a [Limiter].
type Stats struct {
	Limit    int                // now
	InFlight int                // tickets that are out
	Waiting  int                // in the queue
	Refused  [priorities]uint64 // since the beginning, by Priority
}

// Stats returns the state of the limiter. Its numbers are read one after
// another, so under load they may be apart by a request or two.
func (l *Limiter) Stats() Stats {
	s := Stats{Limit: int(l.limit.Load()), InFlight: int(l.inFlight.Load()), Waiting: int(l.queue.waiting.Load())}
	for p := range priorities {
		s.Refused[p] = l.refused[p].Load()
	}
	return s
}

var (
	limitDesc    = prometheus.NewDesc("shed_limit", "How much work may be in progress at once.", nil, nil)
	inFlightDesc = prometheus.NewDesc("shed_in_flight", "Work in progress.", nil, nil)
	waitingDesc  = prometheus.NewDesc("shed_waiting", "Work that waits for a place.", nil, nil)
	refusedDesc  = prometheus.NewDesc("shed_refused_total", "Work that was refused.", []string{"priority"}, nil)
)

// collector reads the limiter when it is scraped.
type collector struct{ limiter *Limiter }

func (c collector) Describe(to chan<- *prometheus.Desc) {
	to <- limitDesc
	to <- inFlightDesc
	to <- waitingDesc
	to <- refusedDesc
}

func (c collector) Collect(to chan<- prometheus.Metric) {
	s := c.limiter.Stats()
	to <- prometheus.MustNewConstMetric(limitDesc, prometheus.GaugeValue, float64(s.Limit))
	to <- prometheus.MustNewConstMetric(inFlightDesc, prometheus.GaugeValue, float64(s.InFlight))
	to <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(s.Waiting))
	for p := range priorities {
		to <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(s.Refused[p]), p.String())
	}
}
