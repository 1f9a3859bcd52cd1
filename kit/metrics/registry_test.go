package metrics_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/metrics"
)

// scrape asks h as Prometheus does.
func scrape(t *testing.T, h http.Handler, accept string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestRegistryTellsHowFullTheProcessIs(t *testing.T) {
	text := scrape(t, metrics.Handler(metrics.NewRegistry()), "text/plain")
	for _, family := range []string{
		"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
		"go_goroutines", "go_memstats_heap_inuse_bytes", "go_gc_duration_seconds", "go_sched_latencies_seconds_bucket",
		"go_sched_gomaxprocs_threads", "go_gc_gomemlimit_bytes",
	} {
		if !strings.Contains(text, "\n"+family) {
			t.Errorf("no %s", family)
		}
	}
}

func TestExemplarsAreInOpenMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	newServer(t, r, metrics.ServerOptions{}).Route("GET", "/").Observe(200, 20*ms, "0af7651916cd43dd8448eb211c80319c")
	const id = `# {trace_id="0af7651916cd43dd8448eb211c80319c"} 0.02`
	if text := scrape(t, metrics.Handler(r), "application/openmetrics-text; version=1.0.0"); !strings.Contains(text, id) {
		t.Errorf("no exemplar in\n%s", text)
	}
	if text := scrape(t, metrics.Handler(r), "text/plain"); strings.Contains(text, "trace_id") {
		t.Error("the text format has no exemplars")
	}
}

// broken is a collector that fails.
type broken struct{ desc *prometheus.Desc }

func (b broken) Describe(ch chan<- *prometheus.Desc) { ch <- b.desc }
func (b broken) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.NewInvalidMetric(b.desc, errors.New("it is down"))
}

func TestOneBrokenCollectorDoesNotHideTheOthers(t *testing.T) {
	r := metrics.NewRegistry()
	r.MustRegister(broken{prometheus.NewDesc("broken", "never", nil, nil)})
	h := metrics.Handler(r)
	scrape(t, h, "text/plain")
	text := scrape(t, h, "text/plain")
	if !strings.Contains(text, "go_goroutines") || !strings.Contains(text, `promhttp_metric_handler_errors_total{cause="gathering"} 1`) {
		t.Errorf("the others or the count of failures are missing:\n%s", text)
	}
}
