package inbound

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/golive-dev/golive/kit/problem"
)

// mismatch says what a value had to be, without repeating it.
func mismatch(err *json.UnmarshalTypeError) string {
	want := kindOf(err.Type)
	switch kind, number, _ := strings.Cut(err.Value, " "); kind {
	case "number":
		if number != "" {
			return "must be " + want // a number too, but not such a one
		}
		return "must be " + want + ", not a number"
	case "array", "object":
		return "must be " + want + ", not an " + kind
	case "bool":
		return "must be " + want + ", not true or false"
	case "string":
		return "must be " + want + ", not a string"
	}
	return "must be " + want
}

// kindOf says in JSON's words what a Go type is filled from.
func kindOf(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a string"
	}
	switch k := t.Kind(); k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return "a whole number, not negative"
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return fmt.Sprintf("a whole number from %d to %d", -1<<(t.Bits()-1), 1<<(t.Bits()-1)-1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return fmt.Sprintf("a whole number from 0 to %d", 1<<t.Bits()-1)
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a string"
	}
}

// whoReadsItself finds the value that its own type refuses, which encoding/json
// does not say: each is read once more by itself. What is wrong with it is told
// in general words, since its error may hold it.
func whoReadsItself(data []byte, root *shape) (problem.Field, bool) {
	var found *problem.Field
	c := companion{along: []*shape{root}}
	walk(data, func(w *walker, t token) bool {
		if t.name != nil {
			if refusesKey(c.enter(w.path), t.name) {
				found = &problem.Field{Pointer: w.pointer(), Detail: "does not have the form that such keys have"}
			}
		} else if s := c.at(w.path); s != nil && s.itself {
			raw := data[t.start:t.end]
			if err := strictly(raw, reflect.New(s.of).Interface()); err != nil {
				found = &problem.Field{Pointer: w.pointer(), Detail: s.expects(raw, err)}
			}
		}
		return found == nil
	})
	if found == nil {
		return problem.Field{}, false
	}
	return *found, true
}

// refusesKey reports whether a map's keys read themselves, and not this one.
func refusesKey(object *shape, name []byte) bool {
	if object == nil || object.values == nil {
		return false
	}
	key := reflect.New(pointedTo(object.of).Key())
	k, ok := key.Interface().(encoding.TextUnmarshaler)
	return ok && k.UnmarshalText(name) != nil
}

// expects says what a value of a type that reads itself had to be.
func (s *shape) expects(raw []byte, err error) string {
	var mistyped *json.UnmarshalTypeError
	switch {
	case pointedTo(s.of) == reflect.TypeFor[time.Time]():
		return "must be a time as in RFC 3339: 2006-01-02T15:04:05Z"
	case errors.As(err, &mistyped) && mistyped.Type != nil && raw[0] != '{' && raw[0] != '[':
		return mismatch(mistyped)
	}
	return "does not have the form that is expected"
}
