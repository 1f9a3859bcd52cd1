package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// exportedSpan is a span as a collector reads it.
type exportedSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue string }
	}
}

// collector returns the address of one and what it gets, batch by batch.
func collector(t *testing.T) (base string, batches <-chan []exportedSpan) {
	t.Helper()
	got := make(chan []exportedSpan, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var data struct {
			ResourceSpans []struct {
				ScopeSpans []struct{ Spans []exportedSpan }
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&data); err != nil || r.URL.Path != "/v1/traces" || len(data.ResourceSpans) != 1 {
			t.Errorf("%s: %+v, %v", r.URL.Path, data, err)
			return
		}
		got <- data.ResourceSpans[0].ScopeSpans[0].Spans
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// exportedBy returns the spans of one reservation.
func exportedBy(t *testing.T, mutant string, count int) (spans []exportedSpan) {
	t.Helper()
	s := newShelf(t, mutant)
	base, batches := collector(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go s.spans.run(ctx, base)
	s.ask("POST", "/reservations", wish)
	for len(spans) < count {
		spans = append(spans, <-batches...)
	}
	slices.SortFunc(spans, func(a, b exportedSpan) int { return a.Kind - b.Kind })
	return spans
}

func TestHealthyExportsATreeForEachRequest(t *testing.T) {
	spans := exportedBy(t, healthy, 3)
	root := spans[0]
	if root.Kind != 2 || root.Name != "POST /reservations" || root.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || root.ParentSpanID != "00f067aa0ba902b7" {
		t.Errorf("the request's span is %+v", root)
	}
	for i, name := range []string{"POST inventory", "GET prices"} {
		s := spans[i+1]
		if s.Kind != 3 || s.Name != name || s.TraceID != root.TraceID || s.ParentSpanID != root.SpanID || len(s.Attributes) != 3 {
			t.Errorf("call %d has the span %+v", i, s)
		}
	}
}

func TestNoClientSpans(t *testing.T) {
	if spans := exportedBy(t, "no-client-spans", 1); len(spans) != 1 || spans[0].Kind != 2 {
		t.Errorf("it exported %+v", spans)
	}
}

func TestSpansThatDoNotFitAreLost(t *testing.T) {
	e := newExporter()
	for range 2 * cap(e.queue) {
		e.add(ended{span: newSpan()}) // nobody takes them
	}
	if len(e.waiting()) != cap(e.queue) {
		t.Error("the queue is not full")
	}
	e.run(t.Context(), "") // returns without a collector
}
