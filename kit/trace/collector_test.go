package trace

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

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
