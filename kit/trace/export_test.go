package trace

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is an OTLP receiver that answers as it is told.
type collector struct {
	*httptest.Server
	answer func(n int, w http.ResponseWriter, r *http.Request) // of the n-th request, from 1

	mu       sync.Mutex
	requests []*http.Request
	got      []*tracepb.TracesData
}

func newCollector(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *collector {
	c := &collector{answer: answer}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := decode(r)
		if err != nil {
			t.Errorf("the request's body: %v", err)
		}
		c.mu.Lock()
		c.requests, c.got = append(c.requests, r), append(c.got, data)
		n := len(c.got)
		c.mu.Unlock()
		if c.answer != nil {
			c.answer(n, w, r)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func decode(r *http.Request) (*tracepb.TracesData, error) {
	zip, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(zip)
	if err != nil {
		return nil, err
	}
	var data tracepb.TracesData
	return &data, proto.Unmarshal(body, &data)
}

// spans returns the names of the spans received, in their order.
func (c *collector) spans() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, data := range c.got {
		for _, r := range data.ResourceSpans {
			for _, s := range r.ScopeSpans {
				for _, span := range s.Spans {
					names = append(names, span.Name)
				}
			}
		}
	}
	return names
}

func (c *collector) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.got)
}

// start starts a provider that records everything, for a test's length.
func start(t *testing.T, o Options) *Provider {
	t.Helper()
	o.Service, o.Ratio = "orders", 1
	p, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = p.Shutdown(ctx) // a second time for most, at once for the rest
	})
	return p
}

func end(p *Provider, names ...string) {
	for _, name := range names {
		_, span := p.Tracer("test").Start(context.Background(), name)
		span.End()
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

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

func TestFullBatchesAreSentAtOnce(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Every: time.Hour, Batch: 2})
	end(p, "a", "b")
	for deadline := time.Now().Add(30 * time.Second); c.count() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if got := c.spans(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q before a flush, want both", got)
	}
}

func TestSpansWaitForCompanyAndAreFlushed(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Every: time.Hour, Batch: 2})
	end(p, "a")
	if err := p.Flush(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	end(p, "b", "c", "d")
	if err := p.Shutdown(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := c.spans(); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %q", got)
	}
	end(p, "late")
	if err := p.Flush(context.Background()); err != nil {
		t.Errorf("a flush after the end: %v", err)
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

func TestShutdownEndsAtItsDeadline(t *testing.T) {
	silent := make(chan struct{})
	c := newCollector(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-silent:
		case <-r.Context().Done():
		}
	})
	defer close(silent)
	p := start(t, Options{Endpoint: c.URL, Batch: 2})
	end(p, "a", "b", "c")
	err := p.Shutdown(within(t, 50*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "3 spans") || p.Dropped() != 3 {
		t.Errorf("got %v and %d dropped, want a deadline that cost 3 spans", err, p.Dropped())
	}
}

func TestAFullQueueDropsAndNeverWaits(t *testing.T) {
	asked, silent := make(chan struct{}, 9), make(chan struct{})
	c := newCollector(t, func(int, http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-silent
	})
	p := start(t, Options{Endpoint: c.URL, Batch: 1, Queue: 4})
	end(p, "sent")
	<-asked // the goroutine is busy with it
	end(p, strings.Split("abcdefg", "")...)
	if p.Dropped() != 3 {
		t.Errorf("%d of 7 spans dropped, want the 3 beyond the queue", p.Dropped())
	}
	close(silent)
	if err := p.Shutdown(within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := c.spans(); !slices.Equal(got, strings.Split("sent a b c d", " ")) {
		t.Errorf("got %q", got)
	}
}

func TestManyGoroutinesEndSpans(t *testing.T) {
	c := newCollector(t, nil)
	p := start(t, Options{Endpoint: c.URL, Batch: 16, Queue: 1 << 14})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 250 {
				end(p, "x")
			}
		})
	}
	wg.Wait()
	if err := p.Shutdown(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if len(c.spans()) != 2000 || p.Sent() != 2000 || p.Dropped() != 0 {
		t.Errorf("%d arrived, %d sent, %d dropped of 2000", len(c.spans()), p.Sent(), p.Dropped())
	}
}
