package outbound_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/outbound"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answer is a whole answer, as a transport gives it.
func answer(req *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader([]byte(body))), Request: req}
}

// newClient completes the config with what most tests do not care about.
func newClient(t testing.TB, c outbound.Config) (*http.Client, *recorded) {
	t.Helper()
	r := &recorded{t: t}
	if c.Name == "" {
		c.Name = "payments"
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Fallback == nil {
		c.Fallback = outbound.Fail()
	}
	if c.Log == nil {
		c.Log = log.New(r, log.Options{Service: "orders", Level: slog.LevelDebug})
	}
	if c.Registerer == nil {
		reg := prometheus.NewRegistry()
		c.Registerer, r.metrics = reg, reg
	}
	client, err := outbound.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client, r
}

// recorded is what a client told about its calls.
type recorded struct {
	t       testing.TB
	metrics prometheus.Gatherer

	mu  sync.Mutex
	all bytes.Buffer
}

func (r *recorded) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.Write(p)
}

func (r *recorded) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.String()
}

// lines returns the log's lines of one event.
func (r *recorded) lines(event string) []map[string]any {
	r.t.Helper()
	var found []map[string]any
	for line := range bytes.Lines([]byte(r.text())) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			r.t.Fatalf("log line is no JSON: %s", line)
		}
		if fields["event"] == event {
			found = append(found, fields)
		}
	}
	return found
}

// only returns the one line of an event.
func (r *recorded) only(event string) map[string]any {
	r.t.Helper()
	found := r.lines(event)
	if len(found) != 1 {
		r.t.Fatalf("%d lines of %s, want 1:\n%s", len(found), event, r.text())
	}
	return found[0]
}

// value returns a counter's or gauge's value, or a histogram's count, among those that have all the labels.
func (r *recorded) value(name string, labels ...string) float64 {
	r.t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			has := map[string]string{}
			for _, l := range m.GetLabel() {
				has[l.GetName()] = l.GetValue()
			}
			matches := true
			for i := 0; i < len(labels); i += 2 {
				matches = matches && has[labels[i]] == labels[i+1]
			}
			if matches {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func mustGet(t testing.TB, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body(t, resp)
}

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// failure returns the Error of a call that must have failed.
func failure(t testing.TB, resp *http.Response, err error) *outbound.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("the call was answered with %d", resp.StatusCode)
	}
	e, ok := outbound.AsError(err)
	if !ok {
		t.Fatalf("no *outbound.Error in %v", err)
	}
	return e
}

// eventually waits for what another process or goroutine is about to do.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
