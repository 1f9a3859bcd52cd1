package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// kind is what a span is of, by OTLP's number.
type kind int

const (
	serverSpan kind = 2
	clientSpan kind = 3
)

// ended is a span that is over.
type ended struct {
	span
	parent string
	name   string // of the route or the call, and nothing that the client chose
	kind   kind
	began  time.Time
	took   time.Duration
	attrs  map[string]string
}

// exporter sends spans to a collector. What does not fit its queue is lost.
type exporter struct{ queue chan ended }

func newExporter() exporter { return exporter{make(chan ended, 4096)} }

func (e exporter) add(s ended) {
	select {
	case e.queue <- s:
	default:
	}
}

// exportEvery is the pause between two batches.
const exportEvery = 100 * time.Millisecond

// run sends what is queued to the collector at base, by OTLP over HTTP, until
// ctx ends. Without a collector nothing is sent.
func (e exporter) run(ctx context.Context, base string) {
	client := &http.Client{Timeout: budget}
	for base != "" {
		select {
		case first := <-e.queue:
			e.send(ctx, client, base, append([]ended{first}, e.waiting()...))
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(exportEvery):
		case <-ctx.Done():
		}
	}
}

// waiting takes what is in the queue now.
func (e exporter) waiting() (all []ended) {
	for range len(e.queue) {
		all = append(all, <-e.queue)
	}
	return all
}

// send makes no second attempt: spans are worth no more than that.
func (e exporter) send(ctx context.Context, client *http.Client, base string, all []ended) {
	text, err := json.Marshal(asOTLP(all))
	if err != nil {
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/traces", bytes.NewReader(text))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if resp, err := client.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}

type object = map[string]any

func asOTLP(all []ended) object {
	var spans []object
	for _, s := range all {
		spans = append(spans, object{
			"traceId": s.trace, "spanId": s.id, "parentSpanId": s.parent, "name": s.name, "kind": s.kind,
			"startTimeUnixNano": strconv.FormatInt(s.began.UnixNano(), 10),
			"endTimeUnixNano":   strconv.FormatInt(s.began.Add(s.took).UnixNano(), 10),
			"attributes":        asAttributes(s.attrs),
		})
	}
	return object{"resourceSpans": []object{{
		"resource":   object{"attributes": asAttributes(map[string]string{"service.name": "shelf"})},
		"scopeSpans": []object{{"spans": spans}},
	}}}
}

func asAttributes(attrs map[string]string) []object {
	list := []object{}
	for key, value := range attrs {
		list = append(list, object{"key": key, "value": object{"stringValue": value}})
	}
	return list
}
