package scrape

import (
	"cmp"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/golive-dev/golive/evidence"
)

// kinds are evidence's names of the types of metrics.
var kinds = map[dto.MetricType]string{
	dto.MetricType_COUNTER:         "counter",
	dto.MetricType_GAUGE:           "gauge",
	dto.MetricType_SUMMARY:         "summary",
	dto.MetricType_HISTOGRAM:       "histogram",
	dto.MetricType_GAUGE_HISTOGRAM: "gauge",
	dto.MetricType_UNTYPED:         "untyped",
}

// family returns f with its series in the order of their keys.
func family(f *dto.MetricFamily) evidence.Family {
	type keyed struct {
		key string
		evidence.Series
	}
	list := make([]keyed, 0, len(f.GetMetric()))
	for _, m := range f.GetMetric() {
		s := series(m)
		list = append(list, keyed{s.Key(), s})
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	out := evidence.Family{Name: f.GetName(), Type: kinds[f.GetType()], Unit: f.GetUnit()}
	for _, k := range list {
		out.Series = append(out.Series, k.Series)
	}
	return out
}

func series(m *dto.Metric) evidence.Series {
	var s evidence.Series
	for _, l := range m.GetLabel() {
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		s.Labels[l.GetName()] = l.GetValue()
	}
	switch {
	case m.Counter != nil:
		s.Value = evidence.Finite(m.Counter.GetValue())
	case m.Gauge != nil:
		s.Value = evidence.Finite(m.Gauge.GetValue())
	case m.Untyped != nil:
		s.Value = evidence.Finite(m.Untyped.GetValue())
	case m.Summary != nil:
		s.Count, s.Sum = float64(m.Summary.GetSampleCount()), evidence.Finite(m.Summary.GetSampleSum())
		for _, q := range m.Summary.GetQuantile() {
			s.Quantiles = append(s.Quantiles, evidence.Finite(q.GetQuantile()))
		}
		slices.Sort(s.Quantiles)
	case m.Histogram != nil:
		histogram(m.Histogram, &s)
	}
	return s
}

func histogram(h *dto.Histogram, s *evidence.Series) {
	s.Count, s.Sum = float64(h.GetSampleCount()), evidence.Finite(h.GetSampleSum())
	if h.SampleCountFloat != nil {
		s.Count = evidence.Finite(h.GetSampleCountFloat())
	}
	s.Native = h.Schema != nil
	for _, b := range h.GetBucket() {
		le := b.GetUpperBound()
		if math.IsInf(le, 0) || math.IsNaN(le) {
			continue
		}
		count := float64(b.GetCumulativeCount())
		if b.CumulativeCountFloat != nil {
			count = evidence.Finite(b.GetCumulativeCountFloat())
		}
		s.Buckets = append(s.Buckets, evidence.Bucket{Le: le, Count: count})
	}
	slices.SortFunc(s.Buckets, func(a, b evidence.Bucket) int { return cmp.Compare(a.Le, b.Le) })
}
