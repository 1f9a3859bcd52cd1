package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

func line(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatalf("the line %q is no JSON object: %v", text, err)
	}
	return fields
}

func TestALineHasTheWholeSchema(t *testing.T) {
	var out bytes.Buffer
	span := trace.New()
	New(&out, "orders").With("route", "/orders").InfoContext(trace.With(context.Background(), span), "request.completed", "status", 201)
	fields := line(t, out.Bytes())
	for name, want := range map[string]any{
		"level": "INFO", "service": "orders", "event": "request.completed",
		"trace_id": span.TraceID(), "span_id": span.SpanID(), "route": "/orders", "status": 201.0,
	} {
		if fields[name] != want {
			t.Errorf("%s is %v, want %v", name, fields[name], want)
		}
	}
	if _, err := time.Parse(time.RFC3339Nano, fields["timestamp"].(string)); err != nil {
		t.Error(err)
	}
}

func TestALineOfNoRequestBelongsToTheProcess(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, "orders")
	log.Info("one")
	log.Info("two")
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	one, two := line(t, lines[0]), line(t, lines[1])
	if one["trace_id"] != two["trace_id"] || len(one["trace_id"].(string)) != 32 {
		t.Errorf("trace ids %v and %v", one["trace_id"], two["trace_id"])
	}
}

func TestStandardLogBecomesEvents(t *testing.T) {
	var out bytes.Buffer
	Standard(New(&out, "orders"), "server.complaint").Print("http: superfluous call\n")
	fields := line(t, out.Bytes())
	if fields["event"] != "server.complaint" || fields["detail"] != "http: superfluous call" {
		t.Errorf("got %v", fields)
	}
}
