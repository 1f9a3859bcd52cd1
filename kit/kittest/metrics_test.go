package kittest_test

import (
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/golive-dev/golive/kit/kittest"
)

// measures is a registry with one metric of each type.
type measures struct {
	*prometheus.Registry
	calls *prometheus.CounterVec
	took  prometheus.Histogram
}

func newMeasures() *measures {
	m := &measures{
		Registry: prometheus.NewRegistry(),
		calls:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "calls_total"}, []string{"dependency", "outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Buckets: []float64{.1, 1},
			NativeHistogramBucketFactor: 1.1}),
	}
	open := prometheus.NewGauge(prometheus.GaugeOpts{Name: "open"})
	size := prometheus.NewSummary(prometheus.SummaryOpts{Name: "size"})
	m.MustRegister(m.calls, m.took, open, size)
	open.Set(3)
	size.Observe(7)
	m.calls.WithLabelValues("payments", "ok").Add(2)
	m.calls.WithLabelValues("payments", "failed").Add(1)
	m.calls.WithLabelValues("stock", "ok").Add(4)
	m.took.Observe(.05)
	m.took.(prometheus.ExemplarObserver).ObserveWithExemplar(.5, prometheus.Labels{"trace_id": "t1"})
	return m
}

func TestMetricsReadEachType(t *testing.T) {
	registry := newMeasures()
	_, url := listen(t, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	for name, g := range map[string]prometheus.Gatherer{"registry": registry, "scrape": kittest.Scrape(url)} {
		t.Run(name, func(t *testing.T) {
			m := kittest.Metrics(t, g)
			for _, test := range []struct {
				want   float64
				name   string
				labels []string
			}{
				{7, "calls_total", nil},
				{3, "calls_total", []string{"dependency", "payments"}},
				{6, "calls_total", []string{"outcome", "ok"}},
				{1, "calls_total", []string{"outcome", "failed", "dependency", "payments"}},
				{3, "open", nil},
				{2, "took_seconds_count", nil},
				{.55, "took_seconds_sum", nil},
				{1, "took_seconds_bucket", []string{"le", "0.1"}},
				{2, "took_seconds_bucket", []string{"le", "1.0"}},
				{2, "took_seconds_bucket", []string{"le", "+Inf"}},
				{1, "size_count", nil},
				{7, "size_sum", nil},
			} {
				if got := m.Value(test.name, test.labels...); got != test.want {
					t.Errorf("%s%v = %v, want %v", test.name, test.labels, got, test.want)
				}
			}
			h := m.Series("took_seconds")[0].GetHistogram()
			if e := h.GetBucket()[1].GetExemplar(); e.GetLabel()[0].GetValue() != "t1" || h.GetSchema() == 0 {
				t.Errorf("exemplar %v, schema %d", e, h.GetSchema())
			}
			if n := len(m.Series("calls_total", "outcome", "ok")); n != 2 {
				t.Errorf("%d series", n)
			}
		})
	}
}

func TestMetricsScrapeText(t *testing.T) {
	_, url := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		w.Write([]byte("# TYPE up gauge\nup{job=\"a\"} 1\nold 5\n"))
	}))
	m := kittest.Metrics(t, kittest.Scrape(url))
	if m.Value("up", "job", "a") != 1 || m.Value("old") != 5 {
		t.Error("read wrong")
	}
}

func TestMetricsDelta(t *testing.T) {
	registry := newMeasures()
	m := kittest.Metrics(t, registry)
	grown, other := m.Delta("calls_total", "dependency", "payments"), m.Delta("calls_total", "dependency", "mail")
	registry.calls.WithLabelValues("payments", "ok").Add(5)
	registry.calls.WithLabelValues("mail", "ok").Inc()
	if grown() != 5 || other() != 1 {
		t.Errorf("grown by %v and %v", grown(), other())
	}
}

func TestMetricsComplain(t *testing.T) {
	registry := newMeasures()
	_, gone := listen(t, http.NotFoundHandler())
	for want, ask := range map[string]func(t testing.TB){
		`no series call_total{outcome="ok"}; there are calls_total, open, size, took_seconds`: func(t testing.TB) { kittest.Metrics(t, registry).Value("call_total", "outcome", "ok") },
		`no series calls_total{outcome="lost"}`:                                               func(t testing.TB) { kittest.Metrics(t, registry).Value("calls_total", "outcome", "lost") },
		`no series took_seconds{}`:                                                            func(t testing.TB) { kittest.Metrics(t, registry).Value("took_seconds") },
		`no series took_seconds_bucket{}`:                                                     func(t testing.TB) { kittest.Metrics(t, registry).Value("took_seconds_bucket") },
		"a label has no value":                                                                func(t testing.TB) { kittest.Metrics(t, registry).Value("open", "job") },
		"answered with status 404":                                                            func(t testing.TB) { kittest.Metrics(t, kittest.Scrape(gone)).Value("open") },
		"invalid":                                                                             func(t testing.TB) { kittest.Metrics(t, kittest.Scrape("http://127.0.0.1:x")).Value("open") },
	} {
		wants(t, try(t, ask), want)
	}
}
