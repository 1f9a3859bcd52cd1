package peer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// probe is one peer under examination.
type probe struct {
	service Service
	out     *lockedBuffer
	spans   *tracetest.SpanRecorder
}

func newProbe(t *testing.T, p Peer) probe {
	t.Helper()
	out, spans := &lockedBuffer{}, tracetest.NewSpanRecorder()
	s, err := p.Build(Means{Out: out, Traces: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))})
	if err != nil {
		t.Fatal(err)
	}
	out.take() // what the framework says while it is built
	return probe{s, out, spans}
}

// get asks the service as net/http would; flags are the last field of the
// caller's traceparent.
func (p probe) get(t *testing.T, path, flags string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Traceparent", "00-"+callersTrace+"-"+callersSpan+"-"+flags)
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if recover() != nil {
				w.Code = 0 // the connection would be cut
			}
		}()
		p.service.ServeHTTP(w, r)
	}()
	return w
}

// held returns the parts of the full duty that the service was seen to hold.
func (p probe) held(t *testing.T) []Part {
	t.Helper()
	before := histograms(t, p.service.Metrics)
	answer := p.get(t, "/users/42", "01")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"id":"42"`) {
		t.Fatalf("GET /users/42 answered %d %s, want 200 and the user", answer.Code, answer.Body)
	}
	var held []Part
	add := func(part Part, ok bool) {
		if ok {
			held = append(held, part)
		}
	}
	lines := p.out.take()
	add(Line, len(lines) == 1 && json.Valid([]byte(lines[0])))
	add(TraceID, strings.Contains(strings.Join(lines, "\n"), callersTrace))
	grown := growth(before, histograms(t, p.service.Metrics))
	add(Latency, slices.ContainsFunc(grown, func(labels string) bool {
		return strings.Contains(labels, "/users/") && !strings.Contains(labels, "42")
	}))
	add(Status, slices.ContainsFunc(grown, func(labels string) bool { return strings.Contains(labels, "200") || strings.Contains(labels, "2xx") }))
	add(InFlight, hasGauge(t, p.service.Metrics))
	add(Span, p.hasSpan())
	add(Recovery, p.get(t, "/panic", "01").Code == http.StatusInternalServerError && p.get(t, "/users/42", "01").Code == http.StatusOK)
	return held
}

func (p probe) hasSpan() bool {
	spans := p.spans.Ended()
	return len(spans) == 1 && spans[0].Parent().SpanID().String() == callersSpan &&
		spans[0].SpanContext().TraceID().String() == callersTrace
}

func TestEveryPeerDoesWhatTheTableSays(t *testing.T) {
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			held := newProbe(t, p).held(t)
			for _, part := range FullDuty() {
				lacks := slices.Contains(p.Lacks, part)
				switch has := slices.Contains(held, part); {
				case has && lacks:
					t.Errorf("%s: held, but the table says that it is lacking", part)
				case !has && !lacks:
					t.Errorf("%s: not held, and the table does not say so", part)
				}
			}
		})
	}
}

func TestAnUnsampledRequestIsLoggedButNotTraced(t *testing.T) {
	for _, p := range All()[1:] {
		t.Run(p.Name, func(t *testing.T) {
			probe := newProbe(t, p)
			probe.get(t, "/users/42", "00")
			if lines := probe.out.take(); len(lines) != 1 || !strings.Contains(lines[0], callersTrace) {
				t.Errorf("logged %q, want one line with the caller's trace id", lines)
			}
			if n := len(probe.spans.Ended()); n != 0 {
				t.Errorf("%d spans of a request that is not sampled", n)
			}
		})
	}
}

// histograms returns the observations of each histogram, by its labels.
func histograms(t *testing.T, g prometheus.Gatherer) map[string]uint64 {
	t.Helper()
	counts := map[string]uint64{}
	for _, f := range gather(t, g) {
		for _, m := range f.GetMetric() {
			if f.GetType() == dto.MetricType_HISTOGRAM && isLatency(f.GetName()) {
				counts[labels(f.GetName(), m)] = m.GetHistogram().GetSampleCount()
			}
		}
	}
	return counts
}

func isLatency(name string) bool {
	return strings.Contains(name, "duration") || strings.Contains(name, "seconds")
}

func labels(name string, m *dto.Metric) string {
	var b strings.Builder
	b.WriteString(name)
	for _, l := range m.GetLabel() {
		b.WriteString(" " + l.GetName() + "=" + l.GetValue())
	}
	return b.String()
}

func growth(before, after map[string]uint64) []string {
	var grown []string
	for series, n := range after {
		if n == before[series]+1 {
			grown = append(grown, series)
		}
	}
	return grown
}

func hasGauge(t *testing.T, g prometheus.Gatherer) bool {
	t.Helper()
	return slices.ContainsFunc(gather(t, g), func(f *dto.MetricFamily) bool {
		flat := strings.ReplaceAll(f.GetName(), "_", "")
		return f.GetType() == dto.MetricType_GAUGE && strings.Contains(flat, "requestsinflight")
	})
}

func gather(t *testing.T, g prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// lockedBuffer is a writer that may be read while a framework still writes.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// take returns the lines so far and forgets them.
func (b *lockedBuffer) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := strings.TrimSpace(b.buf.String())
	b.buf.Reset()
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
