package trace_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/trace"
)

// A service starts a provider, gives it to whoever makes spans, and shuts it
// down when no request is left.
func ExampleStart() {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Content-Type"))
	}))
	defer collector.Close()

	traces, err := trace.Start(trace.Options{Service: "orders", Version: "1.4.0", Endpoint: collector.URL, Ratio: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, span := traces.Tracer("orders").Start(context.Background(), "sweep")
	span.End()
	fmt.Println(traces.Shutdown(context.Background()), traces.Sent(), traces.Dropped())
	// Output:
	// POST /v1/traces application/x-protobuf
	// <nil> 1 0
}

// The decision comes first, so that the SDK is asked for sampled requests only.
func ExampleProvider_Sampled() {
	traces, _ := trace.Start(trace.Options{Service: "orders", Ratio: trace.Never})
	handle := func(h http.Header) {
		caller, ok := trace.Extract(h)
		if !ok {
			caller = trace.NewTrace(traces.Sampled(caller))
		}
		if !caller.IsSampled() {
			fmt.Println("ids only:", trace.NewChild(caller).IsValid())
			return
		}
		ctx := oteltrace.ContextWithRemoteSpanContext(context.Background(), caller)
		_, span := traces.Tracer("orders").Start(ctx, "request")
		defer span.End()
		fmt.Println("recorded:", span.IsRecording())
	}
	handle(http.Header{})
	handle(http.Header{"Traceparent": {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}})
	// Output:
	// ids only: true
	// recorded: true
}

// The options may come from the variables of OpenTelemetry.
func ExampleOptionsFromEnv() {
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_SAMPLER_ARG": "0.05"}
	o, err := trace.OptionsFromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	fmt.Println(o.Endpoint, o.Ratio, err)
	// Output:
	// http://collector:4318/v1/traces 0.05 <nil>
}
