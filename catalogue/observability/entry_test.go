package observability

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseEntry(t *testing.T) {
	for name, test := range map[string]struct {
		line string
		want entry
	}{
		"flat":                         {`{"Level":"info","msg":"x"}`, entry{"level": "info", "msg": "x"}},
		"nested":                       {`{"log":{"level":"info"},"http":{"request":{"method":"GET"}}}`, entry{"log.level": "info", "http.request.method": "GET"}},
		"an envelope":                  {`{"mdc":{"traceId":"a1"}}`, entry{"traceid": "a1"}},
		"envelopes in one another":     {`{"resource":{"attributes":{"service.name":"orders"}}}`, entry{"service.name": "orders"}},
		"spans in a list":              {`{"spans":[{"span_id":"outer"},{"span_id":"inner","trace_id":"a1"}]}`, entry{"span_id": "outer", "trace_id": "a1"}},
		"outside goes before inside":   {`{"fields":{"level":"gold"},"level":"info"}`, entry{"level": "info"}},
		"a list that is no envelope":   {`{"tags":["a"],"msg":"x"}`, entry{"msg": "x"}},
		"nothing":                      {`{"msg":"","err":null}`, entry{}},
		"GELF's underscore":            {`{"_service":"orders"}`, entry{"service": "orders"}},
		"no level in Serilog's format": {`{"@t":"2026-11-01T12:00:00Z","@m":"x"}`, entry{"@t": "2026-11-01T12:00:00Z", "@m": "x", "@l": "Information"}},
		"the name of pino":             {`{"level":30,"pid":7,"hostname":"h","name":"orders"}`, entry{"level": json.Number("30"), "pid": json.Number("7"), "hostname": "h", "name": "orders", "service": "orders"}},
		"a name that is a logger's":    {`{"level":"info","pid":7,"hostname":"h","name":"orders.web"}`, entry{"level": "info", "pid": json.Number("7"), "hostname": "h", "name": "orders.web"}},
	} {
		got, ok := parseEntry(test.line)
		if diff := cmp.Diff(test.want, got); !ok || diff != "" {
			t.Errorf("%s: read %t (-want +got):\n%s", name, ok, diff)
		}
	}
}

func TestParseEntryRefuses(t *testing.T) {
	for _, line := range []string{"", "null", "7", `"text"`, `["a"]`, "listening", `{"a":1`, `{"a":1}}`, `{"a":1} {"b":2}`, `{"a":1},`, `INFO {"a":1}`} {
		if e, ok := parseEntry(line); ok {
			t.Errorf("%s is taken for the object %v", line, e)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	for _, seed := range []string{`{"msg":"x"}`, `{"mdc":{"mdc":{"a":[{}]}}}`, `{"@t":null}`, `{"scopes":[[{"a":1}],3]}`, "\xff", `{"level":1e999}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e, ok := parseEntry(line)
		if !ok {
			return
		}
		for _, field := range append(fields, traceField, spanField) {
			if names, has := field.in(e); len(names) > 0 && !has {
				t.Errorf("%s is there under %v and is not there", field.name, names)
			}
		}
		hasSpan(line)
		writtenAt(line)
	})
}
