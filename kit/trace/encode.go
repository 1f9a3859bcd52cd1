package trace

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// request returns spans as the body of an export. An
// ExportTraceServiceRequest has one field, the same as TracesData: the same
// bytes on the wire, without the package that brings gRPC along.
func request(spans []sdktrace.ReadOnlySpan) *tracepb.TracesData {
	var data tracepb.TracesData
	resources := map[attribute.Distinct]*tracepb.ResourceSpans{}
	type key struct {
		resource attribute.Distinct
		scope    instrumentation.Scope
	}
	scopes := map[key]*tracepb.ScopeSpans{}
	for _, s := range spans {
		k := key{s.Resource().Equivalent(), s.InstrumentationScope()}
		within := resources[k.resource]
		if within == nil {
			within = &tracepb.ResourceSpans{Resource: resourceOut(s.Resource()), SchemaUrl: s.Resource().SchemaURL()}
			resources[k.resource] = within
			data.ResourceSpans = append(data.ResourceSpans, within)
		}
		of := scopes[k]
		if of == nil {
			of = &tracepb.ScopeSpans{Scope: scopeOut(k.scope), SchemaUrl: k.scope.SchemaURL}
			scopes[k] = of
			within.ScopeSpans = append(within.ScopeSpans, of)
		}
		of.Spans = append(of.Spans, spanOut(s))
	}
	return &data
}

func resourceOut(r *resource.Resource) *resourcepb.Resource {
	return &resourcepb.Resource{Attributes: attributesOut(r.Attributes())}
}

func scopeOut(s instrumentation.Scope) *commonpb.InstrumentationScope {
	return &commonpb.InstrumentationScope{Name: utf8Of(s.Name), Version: utf8Of(s.Version), Attributes: attributesOut(s.Attributes.ToSlice())}
}

func spanOut(s sdktrace.ReadOnlySpan) *tracepb.Span {
	sc := s.SpanContext()
	traceID, spanID := sc.TraceID(), sc.SpanID()
	out := &tracepb.Span{
		TraceId: traceID[:], SpanId: spanID[:], TraceState: sc.TraceState().String(),
		Flags: flagsOut(sc, s.Parent()),
		Name:  utf8Of(s.Name()), Kind: kindOut(s.SpanKind()),
		StartTimeUnixNano: nanos(s.StartTime()), EndTimeUnixNano: nanos(s.EndTime()),
		Attributes:             attributesOut(s.Attributes()),
		DroppedAttributesCount: count(s.DroppedAttributes()),
		DroppedEventsCount:     count(s.DroppedEvents()),
		DroppedLinksCount:      count(s.DroppedLinks()),
		Status:                 statusOut(s.Status()),
	}
	if parent := s.Parent().SpanID(); parent.IsValid() {
		out.ParentSpanId = parent[:]
	}
	for _, e := range s.Events() {
		out.Events = append(out.Events, &tracepb.Span_Event{
			Name: utf8Of(e.Name), TimeUnixNano: nanos(e.Time),
			Attributes: attributesOut(e.Attributes), DroppedAttributesCount: count(e.DroppedAttributeCount),
		})
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, linkOut(l))
	}
	return out
}

func linkOut(l sdktrace.Link) *tracepb.Span_Link {
	traceID, spanID := l.SpanContext.TraceID(), l.SpanContext.SpanID()
	return &tracepb.Span_Link{
		TraceId: traceID[:], SpanId: spanID[:], TraceState: l.SpanContext.TraceState().String(),
		Flags:      flagsOut(l.SpanContext, l.SpanContext),
		Attributes: attributesOut(l.Attributes), DroppedAttributesCount: count(l.DroppedAttributeCount),
	}
}

// flagsOut joins the trace flags with what is known about the other context:
// whether it came from another process.
func flagsOut(sc, other trace.SpanContext) uint32 {
	flags := uint32(sc.TraceFlags()) | uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	if other.IsRemote() {
		flags |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
	}
	return flags
}

func kindOut(k trace.SpanKind) tracepb.Span_SpanKind {
	switch k {
	case trace.SpanKindServer:
		return tracepb.Span_SPAN_KIND_SERVER
	case trace.SpanKindClient:
		return tracepb.Span_SPAN_KIND_CLIENT
	case trace.SpanKindProducer:
		return tracepb.Span_SPAN_KIND_PRODUCER
	case trace.SpanKindConsumer:
		return tracepb.Span_SPAN_KIND_CONSUMER
	}
	return tracepb.Span_SPAN_KIND_INTERNAL
}

func statusOut(s sdktrace.Status) *tracepb.Status {
	out := &tracepb.Status{Message: utf8Of(s.Description)}
	switch s.Code {
	case codes.Ok:
		out.Code = tracepb.Status_STATUS_CODE_OK
	case codes.Error:
		out.Code = tracepb.Status_STATUS_CODE_ERROR
	}
	return out
}

func nanos(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(max(t.UnixNano(), 0))
}

func count(n int) uint32 { return uint32(max(n, 0)) }
