package observability

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
)

// entry is a line of log as one flat map with keys in lower case:
// {"log":{"level":"info"}} has the key log.level.
type entry map[string]any

// parseEntry reads a line that is one JSON object, and nothing beside it.
func parseEntry(line string) (entry, bool) {
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var object map[string]any
	if dec.Decode(&object) != nil || object == nil {
		return nil, false
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, false
	}
	e := entry{}
	e.flatten("", object)
	e.imply()
	return e, true
}

// envelopes are the keys under which loggers put what was added to a line: the
// MDC of Java, the fields and spans of Rust, the properties and scopes of
// .NET, the attributes and resource of OpenTelemetry. What is in them counts
// as if it stood outside.
var envelopes = []string{
	"mdc", "contextmap", "context", "ctx", "extra", "fields", "properties", "scope", "scopes", "spans",
	"attributes", "resource", "labels",
}

// flatten adds what object holds. What stands outside goes before what an
// envelope holds, and one that has the key already keeps it.
func (e entry) flatten(prefix string, object map[string]any) {
	var inner []any
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		key := prefix + strings.TrimPrefix(strings.ToLower(name), "_") // GELF marks what is added by an _
		switch v := value.(type) {
		case map[string]any:
			if slices.Contains(envelopes, key) {
				inner = append(inner, v)
			} else {
				e.flatten(key+".", v)
			}
		case []any:
			if slices.Contains(envelopes, key) {
				inner = append(inner, v...)
			}
		default:
			e.add(key, value)
		}
	}
	for _, v := range inner {
		if child, ok := v.(map[string]any); ok {
			e.flatten("", child)
		}
	}
}

func (e entry) add(key string, value any) {
	if _, taken := e[key]; !taken && value != nil && value != "" {
		e[key] = value
	}
}

// imply adds what a format says by leaving it out, or under a name that means
// something else elsewhere.
func (e entry) imply() {
	if e["@t"] != nil { // Serilog's compact format: no @l is Information
		e.add("@l", "Information")
	}
	_, numeric := e["level"].(json.Number)
	if numeric && e["pid"] != nil && e["hostname"] != nil && e["name"] != nil { // bunyan and pino
		e.add("service", e["name"])
	}
}
