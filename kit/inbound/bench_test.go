package inbound_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/metrics"
)

// sink is a ResponseWriter that costs nothing itself.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

var answer = []byte(`{"id":"7","state":"paid"}`)

func order(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") == "" {
		panic("no id")
	}
	w.Write(answer)
}

// fullDuty is a Mux with everything on: a line of log to nowhere, metrics in a
// registry, and the SDK with a batch processor behind Sampled.
func fullDuty(t testing.TB) *inbound.Mux {
	t.Helper()
	server, err := metrics.NewServer(metrics.NewRegistry(), metrics.ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// The SDK's own batch processor, exporting to nowhere.
	sdk := sdktrace.NewTracerProvider(sdktrace.WithBatcher(nowhere{}))
	t.Cleanup(func() { sdk.Shutdown(context.Background()) })
	m, err := inbound.New(inbound.Options{
		Log:     log.New(io.Discard, log.Options{Service: "orders"}),
		Metrics: server,
		Tracer:  sdk,
		Sampled: inbound.Ratio(0),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.HandleFunc("GET /orders/{id}", order)
	return m
}

// nowhere takes spans and forgets them.
type nowhere struct{}

func (nowhere) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (nowhere) Shutdown(context.Context) error                             { return nil }

func request(traceparent string) *http.Request {
	r, err := http.NewRequest("GET", "http://127.0.0.1/orders/7", nil)
	if err != nil {
		panic(err)
	}
	r.RemoteAddr = "192.0.2.1:40000"
	r.Body = http.NoBody
	r.Header.Set("Accept", "application/json")
	if traceparent != "" {
		r.Header.Set("Traceparent", traceparent)
	}
	return r
}

const (
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	sampled   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

// BenchmarkFullDuty is one GET with a path parameter through the whole Mux, in
// process, against http.ServeMux alone.
func BenchmarkFullDuty(b *testing.B) {
	bare := http.NewServeMux()
	bare.HandleFunc("GET /orders/{id}", order)
	for _, bench := range []struct {
		name        string
		h           http.Handler
		traceparent string
	}{
		{"bare", bare, ""},
		{"unsampled", fullDuty(b), unsampled},
		{"root", fullDuty(b), ""},
		{"sampled", fullDuty(b), sampled},
	} {
		b.Run(bench.name, func(b *testing.B) {
			w, r := &sink{header: http.Header{}}, request(bench.traceparent)
			b.ReportAllocs()
			for b.Loop() {
				bench.h.ServeHTTP(w, r)
			}
		})
	}
}
