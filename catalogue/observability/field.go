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

// field is a required field of the schema and the names under which it goes.
type field struct {
	name    string
	aliases []string
	valid   func(value any) bool
}

// The fields of the standard's schema under the names, in lower case, that
// common loggers, ECS, GELF and OpenTelemetry give them.
var fields = []field{
	{"timestamp", []string{"timestamp", "ts", "time", "@timestamp", "timeunixnano", "datetime", "t", "@t", "date",
		"timemillis", "instant.epochsecond", "timestamp.seconds", "time.seconds", "timestampseconds", "asctime"}, isTime},
	{"level", []string{"level", "severity", "lvl", "loglevel", "log_level", "log.level", "severitytext", "severity_text",
		"severitynumber", "severity_number", "levelname", "level_name", "@l", "priority"}, isLevel},
	{"service", []string{"service", "service.name", "service_name", "servicename", "svc", "app", "app_name", "appname",
		"application", "application_name", "servicecontext.service", "dd.service", "entity.name", "otelservicename"}, isText},
	{"event", []string{"event", "msg", "message", "event.name", "event_name", "body", "body.stringvalue", "eventname",
		"event.action", "short_message", "@m", "@mt", "messagetemplate", "renderedmessage", "formattedmessage"}, isText},
}

var (
	traceField = field{"trace_id", []string{"trace_id", "traceid", "trace.id", "trace-id", "trace", "otel.trace_id", "oteltraceid",
		"dd.trace_id", "@tr", "logging.googleapis.com/trace"}, isIdentity}
	spanField = field{"span_id", []string{"span_id", "spanid", "span.id", "span-id", "span", "otel.span_id", "otelspanid",
		"dd.span_id", "@sp", "transaction.id", "logging.googleapis.com/spanid"}, isIdentity}
)

// in returns the names under which the entry has the field, and whether it
// has it at all: under some name, with whatever value.
func (f field) in(e entry) (names []string, has bool) {
	for _, name := range f.aliases {
		if v, ok := e[name]; ok {
			has = true
			if f.valid(v) {
				names = append(names, name)
			}
		}
	}
	return names, has
}

func isText(v any) bool {
	s, ok := v.(string)
	return ok && strings.TrimSpace(s) != ""
}

// isIdentity accepts ids. Instrumentations write zeros where there is none.
func isIdentity(v any) bool {
	text := fmt.Sprint(v)
	return strings.Trim(text, "0-") != ""
}

func isTime(v any) bool {
	_, ok := timeOf(v)
	return ok
}

// timeOf reads RFC 3339 and a number of seconds, milli-, micro- or nanoseconds
// since 1970 that lies between 2000 and 2100.
func timeOf(v any) (time.Time, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return time.Time{}, false
		}
		return epoch(f)
	case string:
		if t, err := time.Parse(time.RFC3339Nano, strings.Replace(strings.ToUpper(v), " ", "T", 1)); err == nil {
			return t, true
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return epoch(f)
		}
	}
	return time.Time{}, false
}

func epoch(v float64) (time.Time, bool) {
	const from, to = 946_684_800, 4_102_444_800 // 2000 and 2100, in seconds
	for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
		if s := v / unit; s >= from && s < to {
			return time.UnixMicro(int64(s * 1e6)), true
		}
	}
	return time.Time{}, false
}

// levels are the names of Go's, Java's, JavaScript's, Python's, .NET's and
// syslog's loggers, and of Google Cloud.
var levels = []string{
	"trace", "debug", "info", "information", "informational", "notice", "warn", "warning", "error", "err",
	"fatal", "critical", "crit", "panic", "dpanic", "alert", "emergency", "emerg", "default",
	"config", "fine", "finer", "finest", "severe", "http", "verbose", "silly",
}

// between finds a level that lies between two names, as slog writes it.
var between = regexp.MustCompile(`^(debug|info|warn|error)[+-]\d+$`)

// isLevel accepts the usual names and the numbers of OpenTelemetry (1–24),
// syslog (0–7), Python (10–50) and bunyan or pino (10–60).
func isLevel(v any) bool {
	switch v := v.(type) {
	case string:
		name := strings.ToLower(strings.TrimSpace(v))
		return slices.Contains(levels, name) || between.MatchString(name)
	case json.Number:
		n, err := v.Int64()
		return err == nil && n >= 0 && n <= 60
	}
	return false
}

// spanInText finds a span id in a line of any form.
var spanInText = regexp.MustCompile(`(?i)span[._-]?(?:id)?["']?\s*[=:]\s*["']?([0-9a-f]{16})\b`)

// hasSpan reports whether a line carries a span id: 16 hexadecimal digits or,
// as some tracers write it, the same in decimal.
func hasSpan(line string) bool {
	e, ok := parseEntry(line)
	if !ok {
		return spanInText.MatchString(line)
	}
	names, _ := spanField.in(e)
	return slices.ContainsFunc(names, func(name string) bool {
		text := strings.ToLower(fmt.Sprint(e[name]))
		_, err := strconv.ParseUint(text, 10, 64)
		return err == nil || isID(text, 16)
	})
}

// writtenAt returns when a line says that it was written.
func writtenAt(line string) (time.Time, bool) {
	e, ok := parseEntry(line)
	if !ok {
		return time.Time{}, false
	}
	for _, name := range fields[0].aliases {
		if t, ok := timeOf(e[name]); ok {
			return t, true
		}
	}
	return time.Time{}, false
}

// isID reports whether s is an id of n hexadecimal digits that are not all 0.
func isID(s string, n int) bool {
	if len(s) != n || strings.Trim(s, "0") == "" {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}
