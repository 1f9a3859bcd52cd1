package trace

import (
	"context"
	"math"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

func provider(t *testing.T, ratio float64) *Provider {
	t.Helper()
	p, err := Start(Options{Service: "orders", Ratio: ratio})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestACallersDecisionIsFollowed(t *testing.T) {
	sampled, _ := Parse(good)
	for _, ratio := range []float64{Never, 0, 1} {
		p := provider(t, ratio)
		for _, parent := range []trace.SpanContext{sampled, sampled.WithTraceFlags(0), NewTrace(true), NewTrace(false)} {
			want := parent.IsSampled()
			if p.Sampled(parent) != want {
				t.Errorf("ratio %v: %+v is decided otherwise", ratio, parent)
			}
			_, span := p.Tracer("test").Start(trace.ContextWithRemoteSpanContext(context.Background(), parent), "request")
			if sc := span.SpanContext(); sc.IsSampled() != want || span.IsRecording() != want || sc.TraceID() != parent.TraceID() {
				t.Errorf("ratio %v: beneath %+v the SDK started %+v", ratio, parent, sc)
			}
			span.End()
		}
	}
}

func TestARootBeneathADecisionHasNoParent(t *testing.T) {
	p := provider(t, Never)
	_, span := p.Tracer("test").Start(trace.ContextWithSpanContext(context.Background(), NewTrace(true)), "request")
	defer span.End()
	parent := span.(interface{ Parent() trace.SpanContext }).Parent()
	if sc := span.SpanContext(); parent.HasSpanID() || !sc.IsValid() || !sc.IsRandom() || !span.IsRecording() {
		t.Errorf("started %+v with the parent %+v", sc, parent)
	}
}

func TestTheRatioIsThatOfNewTraces(t *testing.T) {
	const n = 20_000
	for ratio, want := range map[float64]float64{Never: 0, 0: DefaultRatio, 0.25: 0.25, 1: 1} {
		p := provider(t, ratio)
		decided, started := 0, 0
		for range n {
			if p.Sampled(trace.SpanContext{}) {
				decided++
			}
			_, span := p.Tracer("test").Start(context.Background(), "job")
			if span.IsRecording() {
				started++
			}
			span.End()
		}
		// Six standard deviations of a binomial: once in 500 million runs.
		margin := 6 * math.Sqrt(n*want*(1-want))
		for _, got := range []int{decided, started} {
			if math.Abs(float64(got)-n*want) > margin {
				t.Errorf("ratio %v: %d of %d, want %v", ratio, got, n, n*want)
			}
		}
	}
}

func TestAskingForADecisionAllocatesNothing(t *testing.T) {
	p := provider(t, 0.5)
	sc, _ := Parse(good)
	if n := testing.AllocsPerRun(100, func() { p.Sampled(sc); p.Sampled(trace.SpanContext{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOptionsThatAreWrongAreNamed(t *testing.T) {
	for want, o := range map[string]Options{
		"Service":  {},
		"Ratio":    {Service: "orders", Ratio: 1.1},
		"Endpoint": {Service: "orders", Endpoint: "collector:4318"},
		"Timeout":  {Service: "orders", Timeout: -1},
		"Queue":    {Service: "orders", Queue: -1},
	} {
		if p, err := Start(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v", want, p, err)
		}
	}
	_, err := Start(Options{Service: "orders", Endpoint: "ftp://user:hunter2@collector"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error that keeps the password", err)
	}
}

func TestWithoutAnEndpointNothingIsSent(t *testing.T) {
	p := provider(t, 1)
	end(p, "a", "b")
	if err := p.Flush(context.Background()); err != nil || p.Sent() != 0 || p.Dropped() != 0 {
		t.Errorf("flush %v, sent %d, dropped %d", err, p.Sent(), p.Dropped())
	}
	if err := p.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestOptionsFromEnv(t *testing.T) {
	const traces, base, ratio = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"
	for name, c := range map[string]struct {
		env      map[string]string
		endpoint string
		ratio    float64
		err      string
	}{
		"nothing":           {},
		"base":              {env: map[string]string{base: "http://c:4318"}, endpoint: "http://c:4318/v1/traces"},
		"base with a slash": {env: map[string]string{base: "http://c:4318/"}, endpoint: "http://c:4318/v1/traces"},
		"base with a path":  {env: map[string]string{base: "http://c/otlp"}, endpoint: "http://c/otlp/v1/traces"},
		"traces":            {env: map[string]string{traces: "https://c/x", base: "http://other"}, endpoint: "https://c/x"},
		"traces, no path":   {env: map[string]string{traces: "http://c:4318"}, endpoint: "http://c:4318/"},
		"empty":             {env: map[string]string{traces: " ", base: "", ratio: ""}},
		"ratio":             {env: map[string]string{ratio: "0.5"}, ratio: 0.5},
		"ratio of none":     {env: map[string]string{ratio: "0"}, ratio: Never},
		"ratio of all":      {env: map[string]string{ratio: "1.0"}, ratio: 1},
		"no ratio":          {env: map[string]string{ratio: "often"}, err: ratio},
		"ratio above 1":     {env: map[string]string{ratio: "2"}, err: ratio},
		"ratio below 0":     {env: map[string]string{ratio: "-1"}, err: ratio},
		"NaN":               {env: map[string]string{ratio: "NaN"}, err: ratio},
		"no address":        {env: map[string]string{base: "c:4318"}, err: base},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := OptionsFromEnv(func(name string) (string, bool) { v, ok := c.env[name]; return v, ok })
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, want an error that names %s", err, c.err)
				}
				return
			}
			if err != nil || o.Endpoint != c.endpoint || o.Ratio != c.ratio {
				t.Errorf("got %q, %v, %v; want %q, %v", o.Endpoint, o.Ratio, err, c.endpoint, c.ratio)
			}
			if u, err := address(o.Endpoint); c.endpoint != "" && (err != nil || u != c.endpoint) {
				t.Errorf("it is sent to %q, %v", u, err)
			}
		})
	}
}
