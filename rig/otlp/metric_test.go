package otlp_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/otlp"
)

const (
	cumulative = metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
	delta      = metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
)

// from is what the process called instance pushes.
func from(instance string, list ...*metrics.Metric) *metrics.MetricsData {
	return &metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{
		Resource:     &resource.Resource{Attributes: []*common.KeyValue{str("service.instance.id", instance)}},
		ScopeMetrics: []*metrics.ScopeMetrics{{Metrics: list}},
	}}}
}

func count(t metrics.AggregationTemporality, n int64, attrs ...*common.KeyValue) *metrics.Metric {
	return &metrics.Metric{Name: "http.server.requests", Unit: "{request}", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{
		AggregationTemporality: t, IsMonotonic: true,
		DataPoints: []*metrics.NumberDataPoint{{Attributes: attrs, Value: &metrics.NumberDataPoint_AsInt{AsInt: n}}},
	}}}
}

func duration(t metrics.AggregationTemporality, counts ...uint64) *metrics.Metric {
	var n uint64
	for _, c := range counts {
		n += c
	}
	sum := float64(n) / 2
	return &metrics.Metric{Name: "http.server.request.duration", Unit: "s", Data: &metrics.Metric_Histogram{Histogram: &metrics.Histogram{
		AggregationTemporality: t,
		DataPoints: []*metrics.HistogramDataPoint{{
			Attributes: []*common.KeyValue{str("http.route", "/orders")},
			Count:      n, Sum: &sum, ExplicitBounds: []float64{0.5, 1}, BucketCounts: counts,
		}},
	}}}
}

// state is what a scrape of the receiver shows.
func state(t *testing.T, r *otlp.Receiver) []evidence.Family {
	t.Helper()
	s, ok := r.Scrape()
	if !ok || s.Via != "otlp" || s.Status != 200 {
		t.Fatalf("scrape = %+v, %t", s, ok)
	}
	return s.Families
}

func hits(n float64) evidence.Family {
	return evidence.Family{Name: "http_server_requests_total", Type: "counter", Unit: "{request}", Series: []evidence.Series{{Value: n}}}
}

func took(n float64, buckets ...evidence.Bucket) evidence.Family {
	return evidence.Family{Name: "http_server_request_duration_seconds", Type: "histogram", Unit: "s", Series: []evidence.Series{
		{Labels: map[string]string{"http_route": "/orders"}, Count: n, Sum: n / 2, Buckets: buckets},
	}}
}

func TestTemporality(t *testing.T) {
	for name, test := range map[string]struct {
		temporality metrics.AggregationTemporality
		want        []evidence.Family
	}{
		"cumulative": {cumulative, []evidence.Family{took(6, evidence.Bucket{Le: 0.5, Count: 1}, evidence.Bucket{Le: 1, Count: 3}), hits(5)}},
		"delta":      {delta, []evidence.Family{took(10, evidence.Bucket{Le: 0.5, Count: 4}, evidence.Bucket{Le: 1, Count: 6}), hits(7)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver(t)
			push(t, r.URL()+"/v1/metrics", from("a", count(test.temporality, 2), duration(test.temporality, 3, 0, 1)))
			push(t, r.URL()+"/v1/metrics", from("a", count(test.temporality, 5), duration(test.temporality, 1, 2, 3)))
			if diff := cmp.Diff(test.want, state(t, r)); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
}

// Each worker process counts for itself; the service is their sum.
func TestProcessesAreSummed(t *testing.T) {
	r := receiver(t)
	for _, instance := range []string{"a", "b", "a"} {
		push(t, r.URL()+"/v1/metrics", from(instance, count(cumulative, 4)))
	}
	if diff := cmp.Diff([]evidence.Family{hits(8)}, state(t, r)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestKindsOfMetrics(t *testing.T) {
	r := receiver(t)
	number := func(v float64) []*metrics.NumberDataPoint {
		return []*metrics.NumberDataPoint{{Value: &metrics.NumberDataPoint_AsDouble{AsDouble: v}}}
	}
	sum := 7.5
	push(t, r.URL()+"/v1/metrics", from("a",
		&metrics.Metric{Name: "pool.use", Unit: "1", Data: &metrics.Metric_Gauge{Gauge: &metrics.Gauge{DataPoints: number(0.25)}}},
		&metrics.Metric{Name: "pool.odd", Data: &metrics.Metric_Gauge{Gauge: &metrics.Gauge{DataPoints: number(math.NaN())}}},
		&metrics.Metric{Name: "pool.open", Data: &metrics.Metric_Sum{Sum: &metrics.Sum{DataPoints: number(-3)}}},
		&metrics.Metric{Name: "wait", Unit: "ms", Data: &metrics.Metric_ExponentialHistogram{ExponentialHistogram: &metrics.ExponentialHistogram{
			DataPoints: []*metrics.ExponentialHistogramDataPoint{{Count: 3, Sum: &sum, Scale: 2}},
		}}},
		&metrics.Metric{Name: "size", Unit: "By", Data: &metrics.Metric_Summary{Summary: &metrics.Summary{
			DataPoints: []*metrics.SummaryDataPoint{{Count: 2, Sum: 9, QuantileValues: []*metrics.SummaryDataPoint_ValueAtQuantile{{Quantile: 0.99}, {Quantile: 0.5}}}},
		}}},
		&metrics.Metric{Name: "without.points", Data: &metrics.Metric_Gauge{Gauge: &metrics.Gauge{}}},
		&metrics.Metric{Name: "without.data"},
	))
	want := []evidence.Family{
		{Name: "pool_odd", Type: "gauge", Series: []evidence.Series{{}}},
		{Name: "pool_open", Type: "gauge", Series: []evidence.Series{{Value: -3}}},
		{Name: "pool_use_ratio", Type: "gauge", Unit: "1", Series: []evidence.Series{{Value: 0.25}}},
		{Name: "size_bytes", Type: "summary", Unit: "By", Series: []evidence.Series{{Count: 2, Sum: 9, Quantiles: []float64{0.5, 0.99}}}},
		{Name: "wait_milliseconds", Type: "histogram", Unit: "ms", Series: []evidence.Series{{Count: 3, Sum: 7.5, Native: true}}},
	}
	if diff := cmp.Diff(want, state(t, r)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	for want, in := range map[string][2]string{ // name and unit of a counter
		"jobs_total":                              {"jobs", "1"},
		"jobs_done_total":                         {"jobs.done.total", "{job}"},
		"wait_seconds_total":                      {"wait.seconds", "s"},
		"io_bytes_per_second_total":               {"io", "By/s"},
		"calls_per_minute_total":                  {"calls", "{call}/m"},
		"_5xx_total":                              {"5xx", ""},
		"fuel_gallons_total":                      {"fuel", "gallons"},
		"command__total":                          {"commandé", ""},
		"http_server_duration_ms_s_seconds_total": {"http.server.duration.ms_s", "s"},
	} {
		r := receiver(t)
		m := count(cumulative, 1)
		m.Name, m.Unit = in[0], in[1]
		push(t, r.URL()+"/v1/metrics", from("a", m))
		if got := state(t, r)[0].Name; got != want {
			t.Errorf("%s in %q is %s, want %s", in[0], in[1], got, want)
		}
	}
}

func TestSeriesAreBounded(t *testing.T) {
	r := receiver(t)
	many := &metrics.Sum{IsMonotonic: true, AggregationTemporality: cumulative}
	for i := range 50_007 {
		many.DataPoints = append(many.DataPoints, &metrics.NumberDataPoint{Attributes: []*common.KeyValue{str("id", strconv.Itoa(i))}})
	}
	for range 2 { // those that are known go on
		push(t, r.URL()+"/v1/metrics", from("a", &metrics.Metric{Name: "seen", Data: &metrics.Metric_Sum{Sum: many}}))
	}
	if n := len(state(t, r)[0].Series); n != 50_000 || r.Dropped() != 14 {
		t.Errorf("%d series kept, %d dropped, want 50,000 and 2 × 7", n, r.Dropped())
	}
}
