package trace

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func TestASpanArrivesWhole(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{
		Endpoint: c.URL, Version: "1.2.3", Headers: map[string]string{"X-Token": "t"},
		Attributes: []attribute.KeyValue{attribute.String("deployment.environment.name", "test")},
	})
	caller, _ := Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")
	ctx := trace.ContextWithRemoteSpanContext(context.Background(), caller)
	_, span := p.Tracer("shop/orders").Start(ctx, "GET /orders/{id}",
		trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(trace.Link{SpanContext: caller}))
	span.SetAttributes(
		attribute.String("text", "bad \xff byte"), attribute.Int("int", -7), attribute.Float64("float", 0.5),
		attribute.Bool("bool", true), attribute.StringSlice("list", []string{"a", "b"}),
		attribute.Int64Slice("ints", []int64{1}), attribute.Float64Slice("floats", []float64{1}), attribute.BoolSlice("bools", []bool{true}))
	span.AddEvent("retried", trace.WithAttributes(attribute.Int("attempt", 2)))
	span.SetStatus(codes.Error, "upstream is down")
	span.End()
	if err := p.Shutdown(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if len(c.requests) != 1 || c.requests[0].URL.Path != "/v1/traces" || c.requests[0].Header.Get("X-Token") != "t" ||
		c.requests[0].Header.Get("Content-Type") != "application/x-protobuf" {
		t.Fatalf("got requests %+v", c.requests)
	}
	r := c.got[0].ResourceSpans[0]
	for _, want := range []string{`"service.name"`, `"orders"`, `"service.version"`, `"1.2.3"`, `"deployment.environment.name"`} {
		if !strings.Contains(fmt.Sprint(r.Resource), want) {
			t.Errorf("no %s in the resource %v", want, r.Resource)
		}
	}
	s := r.ScopeSpans[0].Spans[0]
	sc := span.SpanContext()
	traceID, spanID, parentID := sc.TraceID(), sc.SpanID(), caller.SpanID()
	switch {
	case r.ScopeSpans[0].Scope.Name != "shop/orders":
		t.Errorf("scope %v", r.ScopeSpans[0].Scope)
	case !bytes.Equal(s.TraceId, traceID[:]) || !bytes.Equal(s.SpanId, spanID[:]) || !bytes.Equal(s.ParentSpanId, parentID[:]):
		t.Errorf("ids of %v, want trace %s span %s parent %s", s, traceID, spanID, parentID)
	case s.Flags != 0x303:
		t.Errorf("flags %#x, want sampled, random and a remote parent", s.Flags)
	case s.Kind != tracepb.Span_SPAN_KIND_SERVER || s.Status.Code != tracepb.Status_STATUS_CODE_ERROR || s.Status.Message != "upstream is down":
		t.Errorf("kind and status of %v", s)
	case s.StartTimeUnixNano == 0 || s.EndTimeUnixNano < s.StartTimeUnixNano:
		t.Errorf("times of %v", s)
	case len(s.Events) != 1 || s.Events[0].Name != "retried" || len(s.Links) != 1 || !bytes.Equal(s.Links[0].SpanId, parentID[:]):
		t.Errorf("events and links of %v", s)
	case len(s.Attributes) != 8 || s.Attributes[0].Value.GetStringValue() != "bad \uFFFD byte" || s.Attributes[1].Value.GetIntValue() != -7 ||
		s.Attributes[4].Value.GetArrayValue().Values[1].GetStringValue() != "b":
		t.Errorf("attributes of %v", s)
	}
	if p.Sent() != 1 || p.Dropped() != 0 {
		t.Errorf("sent %d, dropped %d; want 1, 0", p.Sent(), p.Dropped())
	}
}

func TestAnExportIsTriedAgainAfterThePauseAsked(t *testing.T) {
	var first time.Time
	var pause time.Duration
	c := newCollector(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		pause = time.Since(first)
	})
	p := start(t, Options{Endpoint: c.URL})
	end(p, "a")
	if err := p.Shutdown(within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	if c.count() != 2 || pause < time.Second || p.Sent() != 1 {
		t.Errorf("%d requests, %v apart, %d spans sent; want 2, a second, 1", c.count(), pause, p.Sent())
	}
}

func TestAPauseThatDoesNotFitIsNotWaitedFor(t *testing.T) {
	c := newCollector(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	p := start(t, Options{Endpoint: c.URL})
	end(p, "a")
	err := p.Shutdown(within(t, time.Minute))
	if err == nil || !strings.Contains(err.Error(), "429") || c.count() != 1 || p.Dropped() != 1 {
		t.Errorf("got %v, %d requests, %d dropped; want a 429, 1, 1", err, c.count(), p.Dropped())
	}
}

func TestARefusedExportIsNotRepeated(t *testing.T) {
	c := newCollector(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	p := start(t, Options{Endpoint: c.URL})
	end(p, "a")
	if err := p.Flush(within(t, time.Minute)); err == nil || c.count() != 1 || p.Dropped() != 1 {
		t.Errorf("got %v, %d requests, %d dropped; want an error, 1, 1", err, c.count(), p.Dropped())
	}
}

func TestAPartialSuccessCounts(t *testing.T) {
	c := newCollector(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte{0x0a, 0x07, 0x08, 0x02, 0x12, 0x03, 'b', 'a', 'd'}) // partial_success{rejected_spans: 2, error_message: "bad"}
	})
	p := start(t, Options{Endpoint: c.URL})
	end(p, "a", "b", "c")
	if err := p.Flush(within(t, time.Minute)); err != nil || p.Dropped() != 2 || p.Sent() != 1 {
		t.Errorf("got %v, %d dropped, %d sent; want no error, 2, 1", err, p.Dropped(), p.Sent())
	}
}

func TestACollectorThatIsDownCostsSpansAndTwoLines(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var text bytes.Buffer
	p := start(t, Options{Endpoint: "http://" + address, Attempts: 1, Log: slog.New(slog.NewTextHandler(&text, nil))})
	for range 3 {
		end(p, "a")
		if err := p.Flush(within(t, time.Minute)); err == nil || !strings.Contains(err.Error(), address) {
			t.Fatalf("got %v, want an error that names %s", err, address)
		}
	}
	if p.Dropped() != 3 {
		t.Errorf("%d dropped, want 3", p.Dropped())
	}
	if l, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	up := &http.Server{Handler: http.NotFoundHandler()}
	up.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	go up.Serve(l)
	defer up.Close()
	end(p, "b")
	if err := p.Flush(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if strings.Count(text.String(), "trace.export_failed") != 1 || strings.Count(text.String(), "trace.export_recovered") != 1 {
		t.Errorf("want one line of failure and one of recovery in\n%s", &text)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "2": 2 * time.Second, "-1": 0, "soon": 0, "99999999999999999999": 0,
		"Sun, 01 Mar 2026 12:00:05 GMT": 5 * time.Second, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func FuzzRejected(f *testing.F) {
	f.Add([]byte{0x0a, 0x02, 0x08, 0x02})
	f.Add([]byte{0x0a, 0xff})
	f.Fuzz(func(t *testing.T, answer []byte) {
		if n := rejected(answer); n < 0 {
			t.Errorf("%d spans rejected", n)
		}
	})
}
