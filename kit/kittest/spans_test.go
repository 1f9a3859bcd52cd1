package kittest_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/kittest"
)

func TestSpansDrawTheirTree(t *testing.T) {
	provider, spans := kittest.Spans(t)
	tracer := provider.Tracer("test")
	ctx, root := tracer.Start(context.Background(), "PUT /orders/{id}", trace.WithSpanKind(trace.SpanKindServer))
	_, first := tracer.Start(ctx, "payments", trace.WithSpanKind(trace.SpanKindClient))
	first.SetStatus(codes.Error, "status 503")
	first.SetAttributes(attribute.Int("attempt", 1))
	first.End()
	inner, second := tracer.Start(ctx, "payments", trace.WithSpanKind(trace.SpanKindClient))
	_, parse := tracer.Start(inner, "parse")
	parse.End()
	second.End()
	root.End()
	_, other := tracer.Start(context.Background(), "sweep")
	other.End()

	const want = `PUT /orders/{id} server
  payments client error
  payments client
    parse
sweep
`
	if got := spans.Tree(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if s := spans.Find("payments"); s.Attributes()[0].Value.AsInt64() != 1 {
		t.Errorf("found %v", s.Attributes())
	}
	if n := len(spans.All()); n != 5 {
		t.Errorf("%d spans", n)
	}
}

// A caller that does not sample is no reason to see nothing.
func TestSpansSampleEveryTrace(t *testing.T) {
	provider, spans := kittest.Spans(t)
	caller := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, Remote: true})
	_, s := provider.Tracer("test").Start(trace.ContextWithSpanContext(context.Background(), caller), "GET /")
	s.End()
	if spans.Find("GET /").Parent().SpanID() != caller.SpanID() || spans.Tree() != "GET /\n" {
		t.Error(spans.Tree())
	}
}

func TestSpansComplain(t *testing.T) {
	wants(t, try(t, func(t testing.TB) {
		provider, spans := kittest.Spans(t)
		_, s := provider.Tracer("test").Start(context.Background(), "GET /a")
		s.End()
		spans.Find("GET /b")
	}), `no span "GET /b" has ended`, "GET /a")
}
