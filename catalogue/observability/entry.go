package observability

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entry is a line of log as one flat map: {"log":{"level":"info"}} has the
// key log.level.
type entry map[string]any

// parseEntry reads a line that is one JSON object.
func parseEntry(line string) (entry, bool) {
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var object map[string]any
	if dec.Decode(&object) != nil || object == nil || dec.More() {
		return nil, false
	}
	e := entry{}
	e.flatten("", object)
	return e, true
}

func (e entry) flatten(prefix string, object map[string]any) {
	for key, value := range object {
		key = prefix + strings.ToLower(key)
		if child, ok := value.(map[string]any); ok {
			e.flatten(key+".", child)
			continue
		}
		e[key] = value
	}
}

// field is a required field of the schema and the names under which it goes.
type field struct {
	name    string
	aliases []string
	valid   func(value any) bool
}

// The fields of the standard's schema under the names that common loggers,
// ECS and OpenTelemetry give them, in lower case.
var fields = []field{
	{"timestamp", []string{"timestamp", "ts", "time", "@timestamp", "timeunixnano", "datetime", "t"}, isTime},
	{"level", []string{"level", "severity", "lvl", "loglevel", "log.level", "severitytext", "severity_text", "severitynumber", "levelname"}, isLevel},
	{"service", []string{"service", "service.name", "service_name", "servicename", "app", "application", "resource.service.name", "logger.service", "serviceContext.service", "servicecontext.service"}, isText},
	{"event", []string{"event", "msg", "message", "event.name", "event_name", "body", "eventname", "event.action"}, isText},
}

var (
	traceField = field{"trace_id", []string{"trace_id", "traceid", "trace.id", "trace-id", "trace", "otel.trace_id", "dd.trace_id", "logging.googleapis.com/trace"}, isText}
	spanField  = field{"span_id", []string{"span_id", "spanid", "span.id", "span-id", "span", "otel.span_id", "dd.span_id", "logging.googleapis.com/spanid"}, isText}
)

// in returns the field's value and whether it is there under any name.
func (f field) in(e entry) (any, bool) {
	for _, name := range f.aliases {
		if v, ok := e[name]; ok && v != nil && v != "" {
			return v, true
		}
	}
	return nil, false
}

func isText(v any) bool {
	s, ok := v.(string)
	return ok && strings.TrimSpace(s) != ""
}

// isTime accepts RFC 3339 and a number of seconds, milli-, micro- or
// nanoseconds since 1970 that lies between 2000 and 2100.
func isTime(v any) bool {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return err == nil && epoch(f)
	case string:
		if _, err := time.Parse(time.RFC3339Nano, strings.Replace(strings.ToUpper(v), " ", "T", 1)); err == nil {
			return true
		}
		f, err := strconv.ParseFloat(v, 64)
		return err == nil && epoch(f)
	}
	return false
}

func epoch(v float64) bool {
	const from, to = 946_684_800, 4_102_444_800 // 2000 and 2100, in seconds
	for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
		if s := v / unit; s >= from && s < to {
			return true
		}
	}
	return false
}

var levels = []string{
	"trace", "debug", "info", "information", "informational", "notice", "warn", "warning", "error", "err",
	"fatal", "critical", "crit", "panic", "dpanic", "alert", "emergency", "emerg", "default", "fine", "severe",
}

// isLevel accepts the usual names and the numbers of OpenTelemetry (1–24),
// syslog (0–7) and bunyan or pino (10–60).
func isLevel(v any) bool {
	switch v := v.(type) {
	case string:
		return slices.Contains(levels, strings.ToLower(strings.TrimSpace(v)))
	case json.Number:
		n, err := v.Int64()
		return err == nil && n >= 0 && n <= 60
	}
	return false
}

// spanInText finds a span id in a line of any form.
var spanInText = regexp.MustCompile(`(?i)span[._-]?(?:id)?["']?\s*[=:]\s*["']?([0-9a-f]{16})\b`)

// spanOf returns the span id that a line carries, "" for none.
func spanOf(line string) string {
	if e, ok := parseEntry(line); ok {
		if v, ok := spanField.in(e); ok {
			return fmt.Sprint(v)
		}
	}
	if m := spanInText.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// isID reports whether s is an id of n hexadecimal digits that are not all 0.
func isID(s string, n int) bool {
	if len(s) != n || strings.Trim(s, "0") == "" {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}
