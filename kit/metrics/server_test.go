package metrics_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/golive-dev/golive/kit/metrics"
)

const durations = "http_server_request_duration_seconds"

func TestRouteCountsByClassOfStatus(t *testing.T) {
	r := prometheus.NewRegistry()
	route := newServer(t, r, metrics.ServerOptions{}).Route("GET", "/orders/{id}")
	for _, status := range []int{200, 201, 304, 404, 499, 500, 503, 599} {
		route.Observe(status, 20*ms, "")
	}
	for class, want := range map[string]uint64{"2xx": 2, "3xx": 1, "4xx": 2, "5xx": 3} {
		if got := count(t, r, durations, "method=GET", "route=/orders/{id}", "status="+class); got != want {
			t.Errorf("%s: %d, want %d", class, got, want)
		}
	}
}

func TestRouteHasItsSeriesBeforeTheFirstRequest(t *testing.T) {
	r := prometheus.NewRegistry()
	s := newServer(t, r, metrics.ServerOptions{})
	route := s.Route("GET", "/orders")
	if n := len(series(t, r, durations)); n != 4 {
		t.Errorf("%d series at the start, want the classes 2xx to 5xx", n)
	}
	for _, rare := range []int{101, 0, -7, 999} {
		route.Observe(rare, ms, "")
	}
	if count(t, r, durations, "status=1xx") != 1 || count(t, r, durations, "status=unknown") != 3 {
		t.Error("rare classes were not counted")
	}
	if s.Route("GET", "/orders") != route {
		t.Error("a route has two sets of metrics")
	}
}

func TestBucketsHaveAnEdgeAtTheThreshold(t *testing.T) {
	for _, c := range []struct {
		o    metrics.ServerOptions
		want string
	}{
		{metrics.ServerOptions{}, "[0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10]"},
		{metrics.ServerOptions{Threshold: 300 * ms}, "[0.005 0.01 0.025 0.05 0.1 0.25 0.3 0.5 1 2.5 5 10]"},
		{metrics.ServerOptions{Threshold: 30 * time.Second, Buckets: []float64{1, 2}}, "[1 2 30]"},
		{metrics.ServerOptions{Threshold: 200 * ms, Buckets: []float64{.1, .2, .4}}, "[0.1 0.2 0.4]"},
	} {
		r := prometheus.NewRegistry()
		newServer(t, r, c.o).Route("GET", "/").Observe(200, 0, "")
		var edges []float64
		for _, b := range one(t, r, durations, "status=2xx").Histogram.Bucket {
			edges = append(edges, b.GetUpperBound())
		}
		if got := fmt.Sprint(edges); got != c.want {
			t.Errorf("%+v: %s, want %s", c.o, got, c.want)
		}
	}
}

func TestOptionsThatMakeNoSenseAreNamed(t *testing.T) {
	for _, c := range []struct {
		o    metrics.ServerOptions
		want string
	}{
		{metrics.ServerOptions{Threshold: -1}, "Threshold"},
		{metrics.ServerOptions{Buckets: []float64{1, 1}}, "Buckets"},
		{metrics.ServerOptions{Buckets: []float64{0, 1}}, "Buckets"},
		{metrics.ServerOptions{Buckets: []float64{2, 1}}, "Buckets"},
	} {
		if _, err := metrics.NewServer(nil, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
	if _, err := metrics.NewClient(nil, metrics.ClientOptions{Buckets: []float64{-1}}); err == nil {
		t.Error("a client took a negative edge")
	}
}

func TestDurationsAreNativeHistogramsToo(t *testing.T) {
	r := prometheus.NewRegistry()
	route := newServer(t, r, metrics.ServerOptions{}).Route("GET", "/")
	for i := range 1000 {
		route.Observe(200, time.Duration(i)*ms, "")
	}
	h := one(t, r, durations, "status=2xx").Histogram
	if h.GetSchema() < 3 || len(h.PositiveSpan) == 0 {
		t.Errorf("schema %d, %d spans: percentiles within 5 %% need schema 3", h.GetSchema(), len(h.PositiveSpan))
	}
	if n := len(h.PositiveDelta); n > 160 {
		t.Errorf("%d native buckets", n)
	}
}

func TestSampledRequestsBecomeExemplars(t *testing.T) {
	r := prometheus.NewRegistry()
	route := newServer(t, r, metrics.ServerOptions{}).Route("GET", "/")
	route.Observe(200, 20*ms, "")
	if got := exemplars(one(t, r, durations, "status=2xx")); len(got) > 0 {
		t.Errorf("a request that is not sampled left %v", got)
	}
	route.Observe(200, 20*ms, "0af7651916cd43dd8448eb211c80319c")
	route.Observe(200, 2*time.Second, "4bf92f3577b34da6a3ce929d0e0e4736")
	if got := exemplars(one(t, r, durations, "status=2xx")); !slices.Equal(got, []string{"0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"}) {
		t.Errorf("exemplars %v, want one of each bucket", got)
	}
}

func TestWhoKnowsTheTimeIsNotAskedForIt(t *testing.T) {
	r := prometheus.NewRegistry()
	route := newServer(t, r, metrics.ServerOptions{}).Route("GET", "/")
	at := time.Unix(1_800_000_000, 0)
	for i, want := range []string{"0a", "0a", "2a"} {
		route.ObserveAt(at, 200, 20*ms, [16]byte{byte(i)<<4 | 0xa})
		want += strings.Repeat("0", 30)
		if got := exemplars(one(t, r, durations, "status=2xx")); !slices.Equal(got, []string{want}) {
			t.Errorf("after %d: %v, want %s", i, got, want)
		}
		at = at.Add(60 * ms)
	}
	if n := count(t, r, durations, "status=2xx"); n != 3 {
		t.Errorf("%d requests counted", n)
	}
}

// An exemplar costs as much as twenty observations: thousands a second would be
// written for one that is read.
func TestExemplarsAreRenewedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := prometheus.NewRegistry()
		route := newServer(t, r, metrics.ServerOptions{}).Route("GET", "/")
		for i, want := range []string{"0", "0", "2", "2"} {
			route.Observe(200, 20*ms, strconv.Itoa(i))
			if got := exemplars(one(t, r, durations, "status=2xx")); !slices.Equal(got, []string{want}) {
				t.Errorf("after %d: %v, want %s", i, got, want)
			}
			time.Sleep(60 * ms)
		}
		if n := count(t, r, durations, "status=2xx"); n != 4 {
			t.Errorf("%d requests counted", n)
		}
	})
}

func exemplars(m *dto.Metric) []string {
	var ids []string
	for _, b := range m.Histogram.Bucket {
		for _, l := range b.GetExemplar().GetLabel() {
			ids = append(ids, l.GetValue())
		}
	}
	return ids
}

func TestASecondServerOfARegistryIsRefused(t *testing.T) {
	r := prometheus.NewRegistry()
	newServer(t, r, metrics.ServerOptions{})
	if _, err := metrics.NewServer(r, metrics.ServerOptions{}); err == nil || !strings.Contains(err.Error(), "share it") {
		t.Errorf("%v", err)
	}
	newServer(t, nil, metrics.ServerOptions{}).Route("GET", "/").Observe(200, ms, "")
}

// A registration that fails leaves nothing half registered behind.
func TestRegistrationIsAllOrNothing(t *testing.T) {
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: durations, Help: "somebody else's"}))
	if _, err := metrics.NewServer(r, metrics.ServerOptions{}); err == nil {
		t.Fatal("a taken name was not noticed")
	}
	if n := len(series(t, r, "http_server_requests_in_flight")); n != 0 {
		t.Error("the gauge stayed behind")
	}
}

func TestRoutesMayBeMadeAndUsedAtOnce(t *testing.T) {
	r := prometheus.NewRegistry()
	s := newServer(t, r, metrics.ServerOptions{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 100 {
				s.InFlight.Inc()
				s.Route("GET", fmt.Sprint("/", i%5)).Observe(100+i%500, ms, "")
				s.InFlight.Dec()
			}
		})
	}
	wg.Wait()
	total := uint64(0)
	for _, m := range series(t, r, durations) {
		total += m.Histogram.GetSampleCount()
	}
	if total != 800 {
		t.Errorf("%d requests counted", total)
	}
	if v := one(t, r, "http_server_requests_in_flight").Gauge.GetValue(); v != 0 {
		t.Errorf("%v in flight", v)
	}
}

func BenchmarkObserve(b *testing.B) {
	s, err := metrics.NewServer(prometheus.NewRegistry(), metrics.ServerOptions{})
	if err != nil {
		b.Fatal(err)
	}
	route := s.Route("GET", "/orders/{id}")
	for name, traceID := range map[string]string{"unsampled": "", "sampled": "0af7651916cd43dd8448eb211c80319c"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				route.Observe(200, 20*ms, traceID)
			}
		})
	}
}
