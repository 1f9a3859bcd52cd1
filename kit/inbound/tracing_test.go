package inbound_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/golive-dev/golive/kit/inbound"
)

type parentContext = trace.SpanContext

// seen serves GET / and returns the span context that the handler finds.
func seen(r *rig) *trace.SpanContext {
	sc := new(trace.SpanContext)
	r.HandleFunc("GET /{$}", func(_ http.ResponseWriter, req *http.Request) {
		*sc = trace.SpanContextFromContext(req.Context())
	})
	return sc
}

func TestTheCallersTraceGoesOn(t *testing.T) {
	for header, wantSampled := range map[string]bool{unsampled: false, sampled: true} {
		r := newRig(t, nil)
		sc := seen(r)
		r.ask("GET", "/", "Traceparent", header, "Tracestate", "vendor=1")
		if sc.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || sc.IsSampled() != wantSampled || sc.IsRemote() {
			t.Errorf("%s: %+v", header, sc)
		}
		if !sc.HasSpanID() || sc.SpanID().String() == "b7ad6b7169203331" {
			t.Errorf("%s: the span has no id of its own: %s", header, sc.SpanID())
		}
		if sc.TraceState().Get("vendor") != "1" {
			t.Errorf("tracestate is %s", sc.TraceState())
		}
		line := r.completed()
		if line["trace_id"] != sc.TraceID().String() || line["span_id"] != sc.SpanID().String() {
			t.Errorf("the line is of another span: %v", line)
		}
		if n := len(r.spans.Ended()); n != map[bool]int{true: 1}[wantSampled] {
			t.Errorf("%s: %d spans", header, n)
		}
	}
}

func TestRequestsWithoutATraceBeginOne(t *testing.T) {
	for _, header := range []string{"", "garbage", "00-00000000000000000000000000000000-b7ad6b7169203331-01", strings.ToUpper(sampled)} {
		for _, ratio := range []float64{0, 1} {
			r := newRig(t, func(o *inbound.Options) { o.Sampled = inbound.Ratio(ratio) })
			sc := seen(r)
			r.ask("GET", "/", "Traceparent", header)
			if !sc.IsValid() || sc.IsSampled() != (ratio == 1) || sc.TraceID().String() == "0af7651916cd43dd8448eb211c80319c" {
				t.Errorf("%q at %v: %+v", header, ratio, sc)
			}
			if n := len(r.spans.Ended()); n != int(ratio) {
				t.Errorf("%q at %v: %d spans", header, ratio, n)
			}
		}
	}
}

func TestWithoutADecisionTheSDKDecidesAboutRoots(t *testing.T) {
	for sampler, want := range map[sdktrace.Sampler]bool{sdktrace.AlwaysSample(): true, sdktrace.NeverSample(): false} {
		r := newRig(t, func(o *inbound.Options) {
			o.Sampled = nil
			o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sampler)))
		})
		sc := seen(r)
		r.ask("GET", "/")
		if !sc.IsValid() || sc.IsSampled() != want {
			t.Errorf("%s: %+v", sampler.Description(), sc)
		}
	}
}

// judge takes the spans of one route.
type judge struct{ route string }

func (j judge) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	for _, a := range p.Attributes {
		if a.Key == "http.route" && a.Value.AsString() == j.route {
			return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
		}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (j judge) Description() string { return "only " + j.route }

func TestASamplerOfTheSDKMayJudgeByTheRoute(t *testing.T) {
	r := newRig(t, func(o *inbound.Options) {
		o.Sampled = nil
		o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSampler(judge{"/orders/{id}"}))
	})
	for path, want := range map[string]bool{"/orders/{id}": true, "/users/{id}": false} {
		var sc trace.SpanContext
		r.HandleFunc("GET "+path, func(_ http.ResponseWriter, req *http.Request) {
			sc = trace.SpanContextFromContext(req.Context())
		})
		if r.ask("GET", strings.Replace(path, "{id}", "7", 1)); sc.IsSampled() != want {
			t.Errorf("%s: %+v", path, sc)
		}
	}
}

// Without an SDK the trace goes on through the service, flag and all.
func TestWithoutAnSDKTheTraceGoesOn(t *testing.T) {
	for _, provider := range []trace.TracerProvider{nil, noop.NewTracerProvider()} {
		for header, want := range map[string]bool{sampled: true, unsampled: false, "": false} {
			r := newRig(t, func(o *inbound.Options) { o.Tracer, o.Sampled = provider, nil })
			sc := seen(r)
			r.ask("GET", "/", "Traceparent", header)
			if !sc.IsValid() || sc.IsSampled() != want || sc.SpanID().String() == "b7ad6b7169203331" {
				t.Errorf("%q: %+v", header, sc)
			}
			if header != "" && sc.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
				t.Errorf("%q: trace %s", header, sc.TraceID())
			}
		}
	}
}

func TestTheSpanTellsTheRouteAndTheStatus(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /orders/{id}", order)
	r.HandleErr("GET /broken/{id}", func(http.ResponseWriter, *http.Request) error { return context.DeadlineExceeded })
	for _, path := range []string{"/orders/7", "/broken/7", "/nowhere/7"} {
		r.ask("GET", path, "Traceparent", sampled)
	}
	r.ask("BREW", "/nowhere/7", "Traceparent", sampled)
	ended := r.spans.Ended()
	for i, want := range []struct {
		name, status, method string
		code                 codes.Code
		route, errorType     string
	}{
		{"GET /orders/{id}", "200", "GET", codes.Unset, "/orders/{id}", ""},
		{"GET /broken/{id}", "500", "GET", codes.Error, "/broken/{id}", "context.deadlineExceededError"},
		{"GET unmatched", "404", "GET", codes.Unset, "", ""},
		{"HTTP unmatched", "404", "_OTHER", codes.Unset, "", ""},
	} {
		s, have := ended[i], map[string]string{}
		for _, a := range s.Attributes() {
			have[string(a.Key)] = a.Value.Emit()
		}
		if s.Name() != want.name || s.SpanKind() != trace.SpanKindServer || s.Status().Code != want.code || s.Status().Description != "" ||
			have["http.response.status_code"] != want.status || have["http.request.method"] != want.method ||
			have["http.route"] != want.route || have["error.type"] != want.errorType {
			t.Errorf("%s %v %v, want %+v", s.Name(), s.Status(), have, want)
		}
		if s.Parent().SpanID().String() != "b7ad6b7169203331" || !s.Parent().IsRemote() {
			t.Errorf("the parent of %s is %v", s.Name(), s.Parent())
		}
	}
}

func TestSpansOfTheHandlerAreChildren(t *testing.T) {
	r := newRig(t, nil)
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.spans))
	r.HandleFunc("GET /", func(_ http.ResponseWriter, req *http.Request) {
		_, span := provider.Tracer("db").Start(req.Context(), "query")
		span.End()
		trace.SpanFromContext(req.Context()).SetAttributes(attribute.Int("rows", 3))
	})
	r.ask("GET", "/", "Traceparent", sampled)
	r.ask("GET", "/", "Traceparent", unsampled)
	ended := r.spans.Ended()
	if len(ended) != 2 || ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() || ended[0].Name() != "query" {
		t.Fatalf("%v", ended)
	}
}

func TestSampledRequestsAreExemplars(t *testing.T) {
	r := newRig(t, nil)
	seen(r)
	r.ask("GET", "/", "Traceparent", sampled)
	for _, m := range r.series("http_server_request_duration_seconds") {
		for _, b := range m.Histogram.Bucket {
			for _, l := range b.GetExemplar().GetLabel() {
				if l.GetValue() == "0af7651916cd43dd8448eb211c80319c" {
					return
				}
			}
		}
	}
	t.Error("no exemplar")
}

func TestRatioIsAShareOfNewTraces(t *testing.T) {
	took := 0
	decide := inbound.Ratio(0.2)
	for range 10_000 {
		if decide(trace.SpanContext{}) {
			took++
		}
	}
	if took < 1700 || took > 2300 { // seven standard deviations
		t.Errorf("%d of 10,000", took)
	}
}
