package inbound_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a Mux with recorders for all that it tells.
type rig struct {
	*inbound.Mux
	t        testing.TB
	registry *prometheus.Registry
	spans    *tracetest.SpanRecorder
	log      *lockedBuffer
	server   *http.Server
}

// newRig makes a Mux; change may alter its options.
func newRig(t testing.TB, change func(*inbound.Options)) *rig {
	t.Helper()
	r := &rig{t: t, registry: prometheus.NewRegistry(), spans: tracetest.NewSpanRecorder(), log: &lockedBuffer{}}
	server, err := metrics.NewServer(r.registry, metrics.ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o := inbound.Options{
		Log:     log.New(r.log, log.Options{Service: "orders"}),
		Metrics: server,
		Tracer:  sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.spans)),
		Sampled: inbound.Ratio(0),
	}
	if change != nil {
		change(&o)
	}
	if r.Mux, err = inbound.New(o); err != nil {
		t.Fatal(err)
	}
	return r
}

// ask serves a request in process.
func (r *rig) ask(method, target string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

// listen serves the Mux on loopback until the test ends, and returns the address.
func (r *rig) listen(change ...func(*http.Server)) string {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.server = inbound.Server("", r.Mux, inbound.ServerOptions{Log: log.New(r.log, log.Options{Service: "orders"})})
	for _, c := range change {
		c(r.server)
	}
	done := make(chan error, 1)
	go func() { done <- r.server.Serve(l) }()
	r.t.Cleanup(func() {
		r.server.Close()
		<-done
		http.DefaultClient.CloseIdleConnections()
	})
	return l.Addr().String()
}

// lines returns the lines of an event, once there are n of them: the answer may
// be with the caller before its line is written.
func (r *rig) lines(event string, n int) []map[string]any {
	r.t.Helper()
	var list []map[string]any
	eventually(r.t, event, func() bool {
		list = nil
		for line := range bytes.Lines(r.log.bytes()) {
			entry := map[string]any{}
			if err := json.Unmarshal(line, &entry); err != nil {
				r.t.Fatalf("%s: %v", line, err)
			}
			if entry["event"] == event {
				list = append(list, entry)
			}
		}
		return len(list) >= n
	})
	if len(list) != n {
		r.t.Fatalf("%d lines of %s, want %d:\n%s", len(list), event, n, r.log.bytes())
	}
	return list
}

// completed returns the only access line.
func (r *rig) completed() map[string]any {
	r.t.Helper()
	return r.lines("request.completed", 1)[0]
}

// counted returns how many requests have a route and a class of status.
func (r *rig) counted(method, route, class string) int {
	r.t.Helper()
	for _, m := range r.series("http_server_request_duration_seconds") {
		if label(m, "method") == method && label(m, "route") == route && label(m, "status") == class {
			return int(m.Histogram.GetSampleCount())
		}
	}
	return 0
}

func (r *rig) series(family string) []*dto.Metric {
	r.t.Helper()
	all, err := r.registry.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() == family {
			return f.Metric
		}
	}
	return nil
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.Label {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// eventually waits for what other goroutines do, far longer than they need.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s", what)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// get asks a real server and returns the answer with its body read.
func get(t testing.TB, url string) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return resp, read(t, resp)
}

func read(t testing.TB, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// dial opens a connection that the test writes to by hand.
func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// send writes text to a connection, with line ends as HTTP has them.
func send(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
}
