package otlp

import (
	"maps"
	"slices"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/golive-dev/golive/evidence"
)

// points are the metrics pushed so far, by the name that Prometheus would
// give them.
type points map[string]*metric

// metric is the present state of one metric.
type metric struct {
	kind, unit string
	series     map[origin]evidence.Series
}

// origin tells series apart: processes of one service, told by their
// resources, each count for themselves.
type origin struct{ resource, labels string }

// point is one data point on its way into its metric.
type point struct {
	evidence.Series
	delta bool // what was counted since the point before, not since the start
}

// add takes what was pushed and returns the number of series that found no room.
func (p points) add(data *metrics.MetricsData) (dropped int) {
	for _, r := range data.GetResourceMetrics() {
		resource := evidence.Series{Labels: attributes(r.GetResource().GetAttributes())}.Key()
		for _, scope := range r.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				dropped += p.addMetric(resource, m)
			}
		}
	}
	return dropped
}

func (p points) addMetric(resource string, m *metrics.Metric) (dropped int) {
	kind, list := dataPoints(m)
	if len(list) == 0 {
		return 0
	}
	name := prometheusName(m.GetName(), m.GetUnit(), kind)
	to := p[name]
	if to == nil {
		to = &metric{kind: kind, unit: m.GetUnit(), series: map[origin]evidence.Series{}}
		p[name] = to
	}
	for _, one := range list {
		at := origin{resource, one.Key()}
		was, known := to.series[at]
		if !known && p.size() >= maxSeries {
			dropped++
			continue
		}
		if known && one.delta {
			sum := evidence.Merge([]evidence.Series{was, one.Series})
			sum.Labels, sum.Quantiles = one.Labels, one.Quantiles
			one.Series = sum
		}
		to.series[at] = one.Series
	}
	return dropped
}

func (p points) size() (n int) {
	for _, m := range p {
		n += len(m.series)
	}
	return n
}

// families returns the state of all metrics, by name. Series that differ in
// their process only are summed, as a query over them would.
func (p points) families() []evidence.Family {
	var list []evidence.Family
	for _, name := range slices.Sorted(maps.Keys(p)) {
		byLabels := map[string][]evidence.Series{}
		for at, s := range p[name].series {
			byLabels[at.labels] = append(byLabels[at.labels], s)
		}
		f := evidence.Family{Name: name, Type: p[name].kind, Unit: p[name].unit}
		for _, key := range slices.Sorted(maps.Keys(byLabels)) {
			s := evidence.Merge(byLabels[key])
			s.Labels, s.Quantiles = byLabels[key][0].Labels, byLabels[key][0].Quantiles
			f.Series = append(f.Series, s)
		}
		list = append(list, f)
	}
	return list
}

// dataPoints returns what Prometheus calls the kind of m, and its points.
func dataPoints(m *metrics.Metric) (kind string, list []point) {
	switch d := m.GetData().(type) {
	case *metrics.Metric_Gauge:
		return "gauge", numbers(d.Gauge.GetDataPoints(), false)
	case *metrics.Metric_Sum:
		list = numbers(d.Sum.GetDataPoints(), delta(d.Sum.GetAggregationTemporality()))
		if d.Sum.GetIsMonotonic() {
			return "counter", list
		}
		return "gauge", list
	case *metrics.Metric_Histogram:
		for _, dp := range d.Histogram.GetDataPoints() {
			list = append(list, point{histogram(dp), delta(d.Histogram.GetAggregationTemporality())})
		}
		return "histogram", list
	case *metrics.Metric_ExponentialHistogram:
		for _, dp := range d.ExponentialHistogram.GetDataPoints() {
			s := evidence.Series{Labels: labels(dp.GetAttributes()), Native: true,
				Count: float64(dp.GetCount()), Sum: evidence.Finite(dp.GetSum())}
			list = append(list, point{s, delta(d.ExponentialHistogram.GetAggregationTemporality())})
		}
		return "histogram", list
	case *metrics.Metric_Summary:
		for _, dp := range d.Summary.GetDataPoints() {
			list = append(list, point{Series: summary(dp)})
		}
		return "summary", list
	}
	return "", nil
}

func delta(t metrics.AggregationTemporality) bool {
	return t == metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
}

func numbers(points []*metrics.NumberDataPoint, delta bool) []point {
	var list []point
	for _, dp := range points {
		v := dp.GetAsDouble()
		if i, ok := dp.GetValue().(*metrics.NumberDataPoint_AsInt); ok {
			v = float64(i.AsInt)
		}
		list = append(list, point{evidence.Series{Labels: labels(dp.GetAttributes()), Value: evidence.Finite(v)}, delta})
	}
	return list
}

// histogram makes the buckets cumulative, as Prometheus has them.
func histogram(dp *metrics.HistogramDataPoint) evidence.Series {
	s := evidence.Series{Labels: labels(dp.GetAttributes()), Count: float64(dp.GetCount()), Sum: evidence.Finite(dp.GetSum())}
	counts, below := dp.GetBucketCounts(), 0.0
	for i, le := range dp.GetExplicitBounds() {
		if i < len(counts) {
			below += float64(counts[i])
		}
		s.Buckets = append(s.Buckets, evidence.Bucket{Le: evidence.Finite(le), Count: below})
	}
	return s
}

func summary(dp *metrics.SummaryDataPoint) evidence.Series {
	s := evidence.Series{Labels: labels(dp.GetAttributes()), Count: float64(dp.GetCount()), Sum: evidence.Finite(dp.GetSum())}
	for _, q := range dp.GetQuantileValues() {
		s.Quantiles = append(s.Quantiles, evidence.Finite(q.GetQuantile()))
	}
	slices.Sort(s.Quantiles)
	return s
}

// labels returns the attributes under names that Prometheus takes.
func labels(list []*common.KeyValue) map[string]string {
	attrs := attributes(list)
	if len(attrs) == 0 {
		return nil
	}
	named := make(map[string]string, len(attrs))
	for k, v := range attrs {
		named[underscored(k)] = v
	}
	return named
}
