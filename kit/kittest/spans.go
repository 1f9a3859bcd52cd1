package kittest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// SpanRecorder keeps the spans that code under test has ended.
type SpanRecorder struct {
	t        testing.TB
	recorder *tracetest.SpanRecorder
}

// Spans returns a provider for code under test, which samples every trace
// whatever its caller says, and the recorder of its spans. The provider is
// shut down with the test.
func Spans(t testing.TB) (*sdktrace.TracerProvider, *SpanRecorder) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	t.Cleanup(func() {
		if err := provider.Shutdown(context.Background()); err != nil {
			t.Errorf("kittest: the tracer provider cannot be shut down: %v", err)
		}
	})
	return provider, &SpanRecorder{t, recorder}
}

// All returns the spans in the order in which they ended.
func (r *SpanRecorder) All() []sdktrace.ReadOnlySpan { return r.recorder.Ended() }

// Find returns the first span that ended with that name. It ends the test
// when there is none.
func (r *SpanRecorder) Find(name string) sdktrace.ReadOnlySpan {
	r.t.Helper()
	for _, s := range r.All() {
		if s.Name() == name {
			return s
		}
	}
	r.t.Fatalf("kittest: no span %q has ended; those that have:\n%s", name, r.Tree())
	return nil
}

// Tree draws the spans, one a line, children below their parents by the time
// at which they began. A kind other than internal is named, and a failure is
// marked:
//
//	PUT /orders/{id} server
//	  payments client error
//	  payments client
func (r *SpanRecorder) Tree() string {
	spans := r.All()
	slices.SortStableFunc(spans, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	known := map[trace.SpanID]bool{}
	for _, s := range spans {
		known[s.SpanContext().SpanID()] = true
	}
	var text strings.Builder
	for _, s := range spans {
		if !known[s.Parent().SpanID()] {
			draw(&text, spans, s, "")
		}
	}
	return text.String()
}

// draw writes s and what is below it.
func draw(text *strings.Builder, spans []sdktrace.ReadOnlySpan, s sdktrace.ReadOnlySpan, indent string) {
	text.WriteString(indent + s.Name())
	if s.SpanKind() != trace.SpanKindInternal {
		text.WriteString(" " + s.SpanKind().String())
	}
	if s.Status().Code == codes.Error {
		text.WriteString(" error")
	}
	text.WriteString("\n")
	for _, child := range spans {
		if child.Parent().SpanID() == s.SpanContext().SpanID() {
			draw(text, spans, child, indent+"  ")
		}
	}
}
