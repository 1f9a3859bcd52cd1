package outbound

import (
	"context"
	"net/http"
	"strconv"

	kittrace "github.com/golive-dev/golive/kit/trace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// An attemptSpan is what an attempt sends as its traceparent, and the span recorded for it, if any.
type attemptSpan struct {
	sc   trace.SpanContext
	span trace.Span // nil unless the caller's trace is sampled
}

// startSpan gives the attempt a span id of its own. A span is recorded only in a sampled trace: the client joins
// traces and begins none.
func (c *call) startSpan(ctx context.Context) (context.Context, attemptSpan) {
	if !c.parent.IsSampled() {
		return ctx, attemptSpan{sc: kittrace.NewChild(c.parent)}
	}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, c.parent)
	}
	ctx, span := c.g.tracer.Start(ctx, c.method()+" "+c.g.Name,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(c.attributes()...))
	sc := span.SpanContext()
	if sc.SpanID() == c.parent.SpanID() || !sc.IsValid() { // no SDK: such spans have no id of their own
		sc = kittrace.NewChild(c.parent)
	}
	return ctx, attemptSpan{sc: sc, span: span}
}

// attributes follow OpenTelemetry's conventions for HTTP client spans, but for url.full: it holds path and query.
func (c *call) attributes() []attribute.KeyValue {
	port, _ := strconv.Atoi(c.port)
	all := []attribute.KeyValue{
		attribute.String("http.request.method", c.method()),
		attribute.String("server.address", c.host),
		attribute.Int("server.port", port),
		attribute.String("peer.service", c.g.Name),
	}
	if c.attempt > 1 {
		all = append(all, attribute.Int("http.request.resend_count", c.attempt-1))
	}
	return all
}

func (c *call) method() string {
	if c.req.Method == "" {
		return http.MethodGet
	}
	return c.req.Method
}

func (s attemptSpan) end(resp *http.Response, failure *Error) {
	if s.span == nil {
		return
	}
	defer s.span.End()
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	if failure != nil {
		if failure.Status != 0 {
			status = failure.Status
		}
		s.span.SetAttributes(attribute.String("error.type", failure.outcome.String()))
		s.span.SetStatus(codes.Error, failure.what)
	}
	if status != 0 {
		s.span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
}
