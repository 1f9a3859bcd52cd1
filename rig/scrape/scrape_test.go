package scrape_test

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/scrape"
)

type labels = map[string]string

// answer serves one body under a content type.
func answer(t *testing.T, status int, contentType, body string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const plain = "text/plain; version=0.0.4; charset=utf-8"

func TestGetText(t *testing.T) {
	url := answer(t, 200, plain, `# HELP hits_total Requests.
# TYPE hits_total counter
hits_total{route="/orders",code="500"} 2
hits_total{route="/orders",code="200"} 40
# TYPE pool_open gauge
pool_open 3
# TYPE took_seconds histogram
took_seconds_bucket{le="0.5"} 4
took_seconds_bucket{le="1"} 5
took_seconds_bucket{le="+Inf"} 7
took_seconds_sum 8.5
took_seconds_count 7
# TYPE size_bytes summary
size_bytes{quantile="0.99"} NaN
size_bytes{quantile="0.5"} 10
size_bytes_sum 30
size_bytes_count 3
temperature NaN
limit +Inf`)
	got := scrape.Get(t.Context(), nil, url)
	want := evidence.Scrape{Status: 200, Families: []evidence.Family{
		{Name: "hits_total", Type: "counter", Series: []evidence.Series{
			{Labels: labels{"route": "/orders", "code": "200"}, Value: 40},
			{Labels: labels{"route": "/orders", "code": "500"}, Value: 2},
		}},
		{Name: "limit", Type: "untyped", Series: []evidence.Series{{Value: math.MaxFloat64}}},
		{Name: "pool_open", Type: "gauge", Series: []evidence.Series{{Value: 3}}},
		{Name: "size_bytes", Type: "summary", Series: []evidence.Series{{Count: 3, Sum: 30, Quantiles: []float64{0.5, 0.99}}}},
		{Name: "temperature", Type: "untyped", Series: []evidence.Series{{}}},
		{Name: "took_seconds", Type: "histogram", Series: []evidence.Series{
			{Count: 7, Sum: 8.5, Buckets: []evidence.Bucket{{Le: 0.5, Count: 4}, {Le: 1, Count: 5}}},
		}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scrape (-want +got):\n%s", diff)
	}
}

const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"

func TestGetOpenMetrics(t *testing.T) {
	url := answer(t, 200, openMetrics, `# TYPE hits counter
# UNIT hits requests
# HELP hits Requests.
hits_total{path="a } # {b",code="200"} 40 1700000000.123 # {trace_id="4bf9"} 1 1700000000.1
hits_created{path="a } # {b",code="200"} 1.7e+09
# TYPE took_seconds histogram
# UNIT took_seconds seconds
took_seconds_bucket{le="0.5"} 4 # {trace_id="4bf9"} 0.3
took_seconds_bucket{le="+Inf"} 7
took_seconds_sum 8.5
took_seconds_count 7
took_seconds_created 1.7e+09
# TYPE build info
build_info{version="1"} 1
# TYPE mode stateset
mode{mode="a"} 1
# TYPE odd unknown
odd 5 1700000000.5
# TYPE last_created gauge
last_created 7
# EOF
what follows is not read
`)
	got := scrape.Get(t.Context(), nil, url)
	want := evidence.Scrape{Status: 200, Families: []evidence.Family{
		{Name: "build_info", Type: "gauge", Series: []evidence.Series{{Labels: labels{"version": "1"}, Value: 1}}},
		{Name: "hits_total", Type: "counter", Unit: "requests", Series: []evidence.Series{
			{Labels: labels{"path": "a } # {b", "code": "200"}, Value: 40},
		}},
		{Name: "last_created", Type: "gauge", Series: []evidence.Series{{Value: 7}}},
		{Name: "mode", Type: "gauge", Series: []evidence.Series{{Labels: labels{"mode": "a"}, Value: 1}}},
		{Name: "odd", Type: "untyped", Series: []evidence.Series{{Value: 5}}},
		{Name: "took_seconds", Type: "histogram", Unit: "seconds", Series: []evidence.Series{
			{Count: 7, Sum: 8.5, Buckets: []evidence.Bucket{{Le: 0.5, Count: 4}}},
		}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scrape (-want +got):\n%s", diff)
	}
}

// registry has one metric of each kind, counted up.
func registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	hits := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hits_total"}, []string{"code"})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Buckets: []float64{0.5, 1}})
	native := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wait_seconds", NativeHistogramBucketFactor: 1.1})
	r.MustRegister(hits, took, native)
	hits.WithLabelValues("200").Add(3)
	for _, v := range []float64{0.2, 0.7, 3} {
		took.(prometheus.ExemplarObserver).ObserveWithExemplar(v, prometheus.Labels{"trace_id": "4bf9"})
		native.Observe(v)
	}
	return r
}

// What the official client library exposes reads the same in every format,
// except that text cannot carry a native histogram: for it the library is
// asked again.
func TestGetFromTheClientLibrary(t *testing.T) {
	var asked []string
	r := registry()
	for name, opts := range map[string]promhttp.HandlerOpts{"text": {}, "openmetrics": {EnableOpenMetrics: true}} {
		t.Run(name, func(t *testing.T) {
			h := promhttp.HandlerFor(r, opts)
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				asked = append(asked, req.Header.Get("Accept"))
				h.ServeHTTP(w, req)
			}))
			defer s.Close()
			asked = nil
			got := scrape.Get(t.Context(), s.Client(), s.URL)
			want := evidence.Scrape{Status: 200, Families: []evidence.Family{
				{Name: "hits_total", Type: "counter", Series: []evidence.Series{{Labels: labels{"code": "200"}, Value: 3}}},
				{Name: "took_seconds", Type: "histogram", Series: []evidence.Series{
					{Count: 3, Sum: 3.9, Buckets: []evidence.Bucket{{Le: 0.5, Count: 1}, {Le: 1, Count: 2}}},
				}},
				{Name: "wait_seconds", Type: "histogram", Series: []evidence.Series{{Count: 3, Sum: 3.9, Native: true}}},
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("scrape (-want +got):\n%s", diff)
			}
			if len(asked) != 2 || !strings.HasPrefix(asked[0], "text/plain") || !strings.Contains(asked[1], "protobuf") {
				t.Errorf("asked for %q, want text, then protobuf", asked)
			}
		})
	}
}

// A histogram that truly has no buckets stays as text told it, also where the
// second question is not understood.
func TestGetWithoutBuckets(t *testing.T) {
	url := answer(t, 200, plain, "# TYPE x histogram\nx_bucket{le=\"+Inf\"} 2\nx_sum 3\nx_count 2\n")
	got := scrape.Get(t.Context(), nil, url)
	want := []evidence.Family{{Name: "x", Type: "histogram", Series: []evidence.Series{{Count: 2, Sum: 3}}}}
	if diff := cmp.Diff(want, got.Families); diff != "" || got.Error != "" {
		t.Errorf("error %q, families (-want +got):\n%s", got.Error, diff)
	}
}

func TestGetSaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		url    string
		status int
		err    string
	}{
		"no metrics":   {answer(t, 404, "text/html", "<h1>not found</h1>"), 404, "the metrics endpoint answered 404, expected 200"},
		"a web page":   {answer(t, 200, "text/html", "<h1>hello</h1>\n"), 200, "the metrics do not parse: "},
		"too long":     {answer(t, 200, plain, strings.Repeat("# comment\n", 1<<21)), 200, "longer than 16 MiB"},
		"no protobuf":  {answer(t, 200, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "\x05no"), 200, "do not parse"},
		"a lone brace": {answer(t, 200, plain, "{}\n"), 200, "do not parse"},
		"no server":    {"http://127.0.0.1:1/metrics", 0, "connection refused"},
		"no address":   {"http://a b/", 0, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			got := scrape.Get(t.Context(), nil, test.url)
			if got.Status != test.status || !strings.Contains(got.Error, test.err) {
				t.Errorf("status %d, error %q; want %d, %q", got.Status, got.Error, test.status, test.err)
			}
		})
	}
}

func TestGetKeepsWhatWasReadBeforeTheError(t *testing.T) {
	got := scrape.Get(t.Context(), nil, answer(t, 200, plain, "a 1\nb 2\nc oops\n"))
	if !strings.Contains(got.Error, "line 3") || len(got.Families) < 2 {
		t.Errorf("error %q, families %+v", got.Error, got.Families)
	}
}

func TestGetEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	if got := scrape.Get(ctx, nil, s.URL); got.Error == "" || got.Status != 0 {
		t.Errorf("scrape = %+v, want an error", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, kind := range []string{plain, openMetrics, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"} {
		f.Add(kind, []byte("# TYPE a counter\na_total{b=\"c\\\"d\"} 1 # {e=\"f\"} 2\n# EOF\n"))
		f.Add(kind, []byte("# UNIT x\n# TYPE\n#\n{\n{}\n\"\n"))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		families, _ := scrape.Parse(http.Header{"Content-Type": {kind}}, body)
		for _, one := range families {
			if one.Type == "" || len(one.Series) == 0 {
				t.Errorf("family %+v has no type or series", one)
			}
			for _, s := range one.Series {
				if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
					t.Errorf("%s holds %g, which JSON cannot", one.Name, s.Value)
				}
			}
		}
	})
}
