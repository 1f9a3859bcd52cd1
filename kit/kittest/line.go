package kittest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Line is a line of a log.
type Line struct {
	Text   string         // as it was written, without its end
	Fields map[string]any // as [encoding/json] reads them; nil for what is no JSON object
}

// Event returns what the line is about: its field "event", or else "msg",
// which is what slog's own handler calls it.
func (l Line) Event() string {
	for _, key := range []string{"event", "msg"} {
		if event, ok := l.Fields[key].(string); ok {
			return event
		}
	}
	return ""
}

// Value returns the field at key, which reaches into groups with dots, as
// "http.status"; nil when there is none. A key that holds dots itself is
// found, too.
func (l Line) Value(key string) any {
	value, _ := lookup(l.Fields, key)
	return value
}

func lookup(fields map[string]any, key string) (any, bool) {
	if value, ok := fields[key]; ok {
		return value, true
	}
	for i := range key {
		if key[i] != '.' {
			continue
		}
		if group, ok := fields[key[:i]].(map[string]any); ok {
			if value, ok := lookup(group, key[i+1:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}

// field is one that a line must hold.
type field struct {
	key  string
	fits func(any) bool
}

// wanted reads keys and values by turns.
func (l *Logs) wanted(pairs []any) []field {
	l.t.Helper()
	if len(pairs)%2 != 0 {
		l.t.Fatalf("kittest: a key has no value:%s", listed(pairs))
	}
	var fields []field
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			l.t.Fatalf("kittest: the key %v is a %T, want a string", pairs[i], pairs[i])
		}
		fits, err := fitting(pairs[i+1])
		if err != nil {
			l.t.Fatalf("kittest: the value of %q: %v", key, err)
		}
		fields = append(fields, field{key, fits})
	}
	return fields
}

// fitting compares with want as JSON shows it.
func fitting(want any) (func(any) bool, error) {
	switch want := want.(type) {
	case func(any) bool:
		return want, nil
	case error:
		return func(got any) bool { return got == want.Error() }, nil
	}
	raw, err := json.Marshal(want)
	if err != nil {
		return nil, err
	}
	var same any
	if err := json.Unmarshal(raw, &same); err != nil {
		return nil, err
	}
	return func(got any) bool { return reflect.DeepEqual(got, same) }, nil
}

// holds reports whether the line has all of the fields.
func (l Line) holds(fields []field) bool {
	for _, f := range fields {
		value, ok := lookup(l.Fields, f.key)
		if !ok || !f.fits(value) {
			return false
		}
	}
	return true
}

// listed shows keys and values: ` and status=503`.
func listed(pairs []any) string {
	var text strings.Builder
	for i, p := range pairs {
		switch {
		case i%2 != 0:
			fmt.Fprintf(&text, "=%v", p)
		default:
			fmt.Fprintf(&text, " and %v", p)
		}
	}
	return text.String()
}
