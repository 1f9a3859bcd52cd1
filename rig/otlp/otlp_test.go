package otlp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/otlp"
	"github.com/golive-dev/golive/service"
)

const (
	binary = "application/x-protobuf"
	text   = "application/json"
)

func receiver(t *testing.T) *otlp.Receiver {
	r, err := otlp.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// post sends a body and returns the status and body of the answer.
func post(t *testing.T, url, contentType string, body []byte, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}

// push sends a message that must be taken.
func push(t *testing.T, url string, m proto.Message) {
	t.Helper()
	body, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := post(t, url, binary, body); status != 200 || answer != "" {
		t.Fatalf("%s answered %d %q, want 200 and an empty message", url, status, answer)
	}
}

func str(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func hex(c byte, n int) []byte { return bytes.Repeat([]byte{c}, n) }

// began is when every span of these tests began.
var began = time.Unix(1_700_000_000, 0)

var wantSpan = otlp.Span{At: began, Span: evidence.Span{
	Trace: strings.Repeat("ab", 16), Span: strings.Repeat("cd", 8), Parent: strings.Repeat("ef", 8),
	Name: "GET /orders", Kind: "client", Took: service.Duration(250 * time.Millisecond), Status: "error",
	Attrs: map[string]string{
		"server.port": "5432", "url.path": "/orders", "status.message": "it broke",
		"event.0.exception": "", "event.0.exception.exception.message": "no route",
	},
}}

func TestSpansAsProtobuf(t *testing.T) {
	r := receiver(t)
	push(t, r.URL()+"/v1/traces", &trace.TracesData{ResourceSpans: []*trace.ResourceSpans{{ScopeSpans: []*trace.ScopeSpans{{Spans: []*trace.Span{
		{
			TraceId: hex(0xab, 16), SpanId: hex(0xcd, 8), ParentSpanId: hex(0xef, 8), Name: "GET /orders", Kind: trace.Span_SPAN_KIND_CLIENT,
			StartTimeUnixNano: uint64(began.UnixNano()), EndTimeUnixNano: uint64(began.Add(250 * time.Millisecond).UnixNano()),
			Attributes: []*common.KeyValue{str("url.path", "/orders"), {Key: "server.port", Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: 5432}}}, {Key: "empty"}},
			Status:     &trace.Status{Code: trace.Status_STATUS_CODE_ERROR, Message: "it broke"},
			Events:     []*trace.Span_Event{{Name: "exception", Attributes: []*common.KeyValue{str("exception.message", "no route")}}},
		},
		{Name: "root"},
	}}}}}})
	spans := r.Spans()
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2", len(spans))
	}
	if diff := cmp.Diff(wantSpan, spans[0]); diff != "" {
		t.Errorf("span (-want +got):\n%s", diff)
	}
	if s := spans[1]; s.Kind != "internal" || s.Status != "" || s.Parent != "" {
		t.Errorf("a bare span = %+v", s)
	}
	if at, e := spans[0].Event(); !at.Equal(began) || e.Span.Name != "GET /orders" {
		t.Errorf("event at %s: %+v", at, e.Span)
	}
}

// OTLP's JSON differs from protobuf's: ids are hex, enums are numbers, and
// unknown fields are no error.
func TestSpansAsJSON(t *testing.T) {
	r := receiver(t)
	status, answer := post(t, r.URL()+"/v1/traces", text+"; charset=utf-8", []byte(`{"resourceSpans": [{"scopeSpans": [{"spans": [{
		"traceId": "`+strings.Repeat("AB", 16)+`", "spanId": "`+strings.Repeat("cd", 8)+`", "parentSpanId": "`+strings.Repeat("ef", 8)+`",
		"name": "GET /orders", "kind": 3, "flags": 257, "fromTheFuture": true,
		"startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000250000000",
		"attributes": [{"key": "url.path", "value": {"stringValue": "/orders"}}, {"key": "server.port", "value": {"intValue": "5432"}}],
		"status": {"code": 2, "message": "it broke"},
		"events": [{"name": "exception", "attributes": [{"key": "exception.message", "value": {"stringValue": "no route"}}]}]
	}]}]}]}`))
	if status != 200 || answer != "{}" {
		t.Fatalf("answer %d %q, want 200 and an empty message", status, answer)
	}
	if diff := cmp.Diff([]otlp.Span{wantSpan}, r.Spans()); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestGzip(t *testing.T) {
	r := receiver(t)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, `{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a"}]}]}]}`)
	w.Close()
	if status, answer := post(t, r.URL()+"/v1/traces", text, z.Bytes(), "Content-Encoding", "gzip"); status != 200 || len(r.Spans()) != 1 {
		t.Errorf("answer %d %q, %d spans", status, answer, len(r.Spans()))
	}
}

func TestBadInput(t *testing.T) {
	r := receiver(t)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	w.Write(make([]byte, 17<<20))
	w.Close()
	for name, test := range map[string]struct {
		path, kind string
		body       []byte
		headers    []string
		status     int
		want       string
	}{
		"broken protobuf": {"/v1/traces", binary, []byte("\xff\xff"), nil, 400, "proto"},
		"broken JSON":     {"/v1/metrics", text, []byte("{"), nil, 400, "EOF"},
		"broken logs":     {"/v1/logs", text, []byte("[]"), nil, 400, "syntax"},
		"other encoding":  {"/v1/logs", "text/plain", nil, nil, 415, "send application/x-protobuf"},
		"no gzip":         {"/v1/traces", text, []byte("{}"), []string{"Content-Encoding", "gzip"}, 400, "not gzip"},
		"a gzip bomb":     {"/v1/traces", binary, bomb.Bytes(), []string{"Content-Encoding", "gzip"}, 400, "longer than 16 MiB"},
		"other path":      {"/v1/profiles", binary, nil, nil, 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := post(t, r.URL()+test.path, test.kind, test.body, test.headers...)
			if status != test.status || !strings.Contains(answer, test.want) {
				t.Errorf("answer %d %q, want %d with %q", status, answer, test.status, test.want)
			}
		})
	}
	if _, ok := r.Scrape(); ok || len(r.Spans()) > 0 || len(r.Logs()) > 0 {
		t.Error("something was kept")
	}
}

func TestLogs(t *testing.T) {
	r := receiver(t)
	body := &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: []*common.KeyValue{
		str("msg", "paid"),
		{Key: "list", Value: &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{Values: []*common.AnyValue{
			{Value: &common.AnyValue_BoolValue{BoolValue: true}}, {Value: &common.AnyValue_DoubleValue{DoubleValue: 1.5}},
		}}}}},
	}}}}
	push(t, r.URL()+"/v1/logs", &logs.LogsData{ResourceLogs: []*logs.ResourceLogs{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{str("service.name", "orders")}},
		ScopeLogs: []*logs.ScopeLogs{{LogRecords: []*logs.LogRecord{{
			TimeUnixNano: uint64(began.UnixNano()), SeverityText: "INFO", Body: body, EventName: "order.paid",
			TraceId: hex(0xab, 16), SpanId: hex(0xcd, 8), Attributes: []*common.KeyValue{str("mail", "ada@example.org")},
		}}}},
	}}})
	lines := r.Logs()
	if len(lines) != 1 || lines[0].Stream != "otlp" {
		t.Fatalf("lines = %+v, want one", lines)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0].Text), &got); err != nil {
		t.Fatalf("%s is no JSON: %v", lines[0].Text, err)
	}
	want := map[string]any{
		"timestamp": "2023-11-14T22:13:20Z", "severity": "INFO", "event": "order.paid",
		"body":     map[string]any{"msg": "paid", "list": []any{true, "1.5"}},
		"trace_id": strings.Repeat("ab", 16), "span_id": strings.Repeat("cd", 8),
		"attributes": map[string]any{"mail": "ada@example.org"}, "resource": map[string]any{"service.name": "orders"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log record (-want +got):\n%s", diff)
	}
	if _, e := lines[0].Event(); e.Line.Stream != "otlp" {
		t.Errorf("event = %+v", e.Line)
	}
}

func TestAwaitPush(t *testing.T) {
	r := receiver(t)
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if r.AwaitPush(short, 0) == nil {
		t.Error("a push was seen that never came")
	}
	waited := make(chan error)
	go func() { waited <- r.AwaitPush(t.Context(), 1) }()
	for range 2 {
		push(t, r.URL()+"/v1/metrics", &metrics.MetricsData{})
	}
	if err := <-waited; err != nil || r.Pushes() != 2 {
		t.Errorf("error %v after %d pushes", err, r.Pushes())
	}
}

func TestCloseKeepsWhatWasReceived(t *testing.T) {
	r := receiver(t)
	push(t, r.URL()+"/v1/traces", &trace.TracesData{ResourceSpans: []*trace.ResourceSpans{{ScopeSpans: []*trace.ScopeSpans{{Spans: []*trace.Span{{Name: "a"}}}}}}})
	r.Close()
	r.Close() // harmless
	if len(r.Spans()) != 1 {
		t.Error("the span is gone")
	}
	if _, err := http.Post(r.URL()+"/v1/traces", text, strings.NewReader("{}")); err == nil {
		t.Error("it still answers")
	}
}

func TestSpansAreBounded(t *testing.T) {
	r := receiver(t)
	many := &trace.ScopeSpans{}
	for range 50_100 {
		many.Spans = append(many.Spans, &trace.Span{})
	}
	push(t, r.URL()+"/v1/traces", &trace.TracesData{ResourceSpans: []*trace.ResourceSpans{{ScopeSpans: []*trace.ScopeSpans{many}}}})
	if len(r.Spans()) != 50_000 || r.Dropped() != 100 {
		t.Errorf("%d spans kept, %d dropped, want 50,000 and 100", len(r.Spans()), r.Dropped())
	}
}
