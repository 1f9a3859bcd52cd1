package trace

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// BenchmarkSpan is what a sampled request pays for its span.
func BenchmarkSpan(b *testing.B) {
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer c.Close()
	p, err := Start(Options{Service: "orders", Ratio: 1, Endpoint: c.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Shutdown(context.Background())
	tracer := p.Tracer("bench")
	parent, _ := Parse(good)
	ctx := trace.ContextWithRemoteSpanContext(context.Background(), parent)
	b.ReportAllocs()
	for b.Loop() {
		_, span := tracer.Start(ctx, "GET /orders/{id}", trace.WithSpanKind(trace.SpanKindServer))
		span.End()
	}
}

// BenchmarkEncode is what the exporter's goroutine pays per span.
func BenchmarkEncode(b *testing.B) {
	p, err := Start(Options{Service: "orders", Ratio: 1})
	if err != nil {
		b.Fatal(err)
	}
	var spans []sdktrace.ReadOnlySpan
	for i := range 512 {
		_, span := p.Tracer("bench").Start(context.Background(), "GET /orders/{id}", trace.WithSpanKind(trace.SpanKindServer))
		span.SetAttributes(attribute.String("http.request.method", "GET"), attribute.String("http.route", "/orders/{id}"), attribute.Int("http.response.status_code", 200+i%3))
		span.End()
		spans = append(spans, span.(sdktrace.ReadOnlySpan))
	}
	e, err := newExporter(Options{Endpoint: "http://127.0.0.1"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := e.encode(spans); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N*len(spans)), "ns/span")
	b.ReportMetric(float64(e.body.Len())/float64(len(spans)), "bytes/span")
}
