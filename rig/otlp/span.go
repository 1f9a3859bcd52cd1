package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// spans returns all spans of data.
func spans(data *trace.TracesData) []Span {
	var list []Span
	for _, r := range data.GetResourceSpans() {
		for _, scope := range r.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				list = append(list, span(s))
			}
		}
	}
	return list
}

var spanKinds = map[trace.Span_SpanKind]string{
	trace.Span_SPAN_KIND_SERVER:   "server",
	trace.Span_SPAN_KIND_CLIENT:   "client",
	trace.Span_SPAN_KIND_PRODUCER: "producer",
	trace.Span_SPAN_KIND_CONSUMER: "consumer",
}

var spanStatus = map[trace.Status_StatusCode]string{
	trace.Status_STATUS_CODE_OK:    "ok",
	trace.Status_STATUS_CODE_ERROR: "error",
}

// span returns s with its status message and the attributes of its events
// (event.0.exception.exception.message) among its own, for a check looks for
// all that a span carries there.
func span(s *trace.Span) Span {
	began := time.Unix(0, int64(s.GetStartTimeUnixNano()))
	out := Span{At: began, Span: evidence.Span{
		Trace: id(s.GetTraceId()), Span: id(s.GetSpanId()), Parent: id(s.GetParentSpanId()),
		Name: s.GetName(), Kind: spanKinds[s.GetKind()], Status: spanStatus[s.GetStatus().GetCode()],
		Took:  service.Duration(s.GetEndTimeUnixNano() - s.GetStartTimeUnixNano()),
		Attrs: attributes(s.GetAttributes()),
	}}
	if out.Kind == "" {
		out.Kind = "internal"
	}
	if m := s.GetStatus().GetMessage(); m != "" {
		out.Attrs["status.message"] = m
	}
	for i, e := range s.GetEvents() {
		prefix := fmt.Sprintf("event.%d.%s", i, e.GetName())
		out.Attrs[prefix] = ""
		for k, v := range attributes(e.GetAttributes()) {
			out.Attrs[prefix+"."+k] = v
		}
	}
	return out
}

// id returns an id as lower-case hex. OTLP's JSON writes ids in hex where
// protobuf's JSON has base64, which is how they were read: an id of 3/2 its
// length was hex, and writing it as base64 gives the hex back.
func id(b []byte) string {
	if len(b) == 24 || len(b) == 12 {
		return strings.ToLower(base64.StdEncoding.EncodeToString(b))
	}
	return hex.EncodeToString(b)
}

func attributes(list []*common.KeyValue) map[string]string {
	attrs := make(map[string]string, len(list))
	for _, kv := range list {
		if v := value(kv.GetValue()); v != nil {
			attrs[kv.GetKey()] = text(v)
		}
	}
	return attrs
}

// value returns v as encoding/json writes it.
func value(v *common.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return v.BoolValue
	case *common.AnyValue_IntValue:
		return v.IntValue
	case *common.AnyValue_DoubleValue:
		return strconv.FormatFloat(v.DoubleValue, 'g', -1, 64) // JSON has no NaN
	case *common.AnyValue_BytesValue:
		return v.BytesValue
	case *common.AnyValue_ArrayValue:
		list := []any{}
		for _, one := range v.ArrayValue.GetValues() {
			list = append(list, value(one))
		}
		return list
	case *common.AnyValue_KvlistValue:
		object := map[string]any{}
		for _, kv := range v.KvlistValue.GetValues() {
			object[kv.GetKey()] = value(kv.GetValue())
		}
		return object
	}
	return nil
}

// text returns a string as it is and anything else as JSON.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// records returns all log records of data, each as one JSON object.
func records(data *logs.LogsData) []string {
	var list []string
	for _, r := range data.GetResourceLogs() {
		for _, scope := range r.GetScopeLogs() {
			for _, rec := range scope.GetLogRecords() {
				list = append(list, record(rec, r.GetResource().GetAttributes()))
			}
		}
	}
	return list
}

func record(r *logs.LogRecord, resource []*common.KeyValue) string {
	nanos := r.GetTimeUnixNano()
	if nanos == 0 {
		nanos = r.GetObservedTimeUnixNano()
	}
	return text(map[string]any{
		"timestamp":  time.Unix(0, int64(nanos)).UTC().Format(time.RFC3339Nano),
		"severity":   r.GetSeverityText(),
		"body":       value(r.GetBody()),
		"event":      r.GetEventName(),
		"trace_id":   id(r.GetTraceId()),
		"span_id":    id(r.GetSpanId()),
		"attributes": attributes(r.GetAttributes()),
		"resource":   attributes(resource),
	})
}
