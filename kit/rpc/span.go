package rpc

import (
	"context"
	"net/http"
	"strings"

	kittrace "github.com/golive-dev/golive/kit/trace"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// The names of W3C Trace Context, as metadata has them.
const (
	traceparent = "traceparent"
	tracestate  = "tracestate"
)

// tracer asks the SDK only for what is sampled; all other calls get ids that
// cost nothing to make.
type tracer struct{ sdk trace.Tracer }

func newTracer(p trace.TracerProvider) tracer {
	return tracer{p.Tracer("github.com/golive-dev/golive/kit/rpc")}
}

// serve puts the call's own span, child of the caller's, into its context. The
// span is nil when the call is not sampled.
func (t tracer) serve(ctx context.Context, method string, sampled func(trace.SpanContext) bool) (context.Context, trace.Span) {
	parent, ok := incoming(ctx)
	if !ok {
		parent = kittrace.NewTrace(sampled != nil && sampled(trace.SpanContext{}))
	}
	return t.start(ctx, parent, method, trace.SpanKindServer)
}

// call makes the span of one attempt under the one in ctx, and returns a
// context that sends it along.
func (t tracer) call(ctx context.Context, method string) (context.Context, trace.Span) {
	parent := trace.SpanContextFromContext(ctx)
	if !parent.HasTraceID() {
		parent = kittrace.NewTrace(false)
	}
	ctx, span := t.start(ctx, parent, method, trace.SpanKindClient)
	return outgoing(ctx), span
}

func (t tracer) start(ctx context.Context, parent trace.SpanContext, method string, kind trace.SpanKind) (context.Context, trace.Span) {
	if !parent.IsSampled() {
		return trace.ContextWithSpanContext(ctx, kittrace.NewChild(parent)), nil
	}
	name := strings.TrimPrefix(method, "/")
	service, short, _ := strings.Cut(name, "/")
	return t.sdk.Start(trace.ContextWithSpanContext(ctx, parent), name, trace.WithSpanKind(kind), trace.WithAttributes(
		attribute.String("rpc.system", "grpc"),
		attribute.String("rpc.service", service),
		attribute.String("rpc.method", short),
	))
}

func endSpan(span trace.Span, code codes.Code, failed bool) {
	span.SetAttributes(attribute.Int("rpc.grpc.status_code", int(code)))
	if failed {
		span.SetStatus(otelcodes.Error, code.String())
	}
	span.End()
}

// incoming reads the caller's span.
func incoming(ctx context.Context) (trace.SpanContext, bool) {
	md, _ := metadata.FromIncomingContext(ctx)
	if len(md[traceparent]) == 0 {
		return trace.SpanContext{}, false
	}
	return kittrace.Extract(http.Header{"Traceparent": md[traceparent], "Tracestate": md[tracestate]})
}

// outgoing sends the span in ctx along, in place of one that the caller may
// have copied there from its own request.
func outgoing(ctx context.Context) context.Context {
	sc := trace.SpanContextFromContext(ctx)
	md, _ := metadata.FromOutgoingContext(ctx)
	md = md.Copy()
	if md == nil {
		md = metadata.MD{}
	}
	md.Set(traceparent, kittrace.Format(sc))
	md.Delete(tracestate)
	if state := sc.TraceState().String(); state != "" {
		md.Set(tracestate, state)
	}
	return metadata.NewOutgoingContext(ctx, md)
}
