package inbound

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
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
	default:
		return "must be " + want + ", not a " + kind
	}
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

// unknownField takes the field's name out of encoding/json's error, which has
// no type of its own.
func unknownField(err error) (string, bool) {
	quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !ok {
		return "", false
	}
	name, err := strconv.Unquote(quoted)
	return name, err == nil
}

// mostSuspects bounds how often a body is decoded to find an unknown field.
const mostSuspects = 16

// whereUnknown finds which of the keys called name is the unknown one, for
// encoding/json does not say: it renames one after the other, and the one whose
// new name is then complained about was unknown before.
func whereUnknown(data []byte, name string, v any) string {
	suspects := keysCalled(data, name)
	if len(suspects) == 1 {
		return suspects[0].pointer
	}
	const alias = "an alias that no type has \x00"
	quoted, _ := json.Marshal(alias)
	for _, s := range suspects {
		renamed := bytes.Join([][]byte{data[:s.start], quoted, data[s.end:]}, nil)
		err := strictly(renamed, reflect.New(reflect.TypeOf(v).Elem()).Interface())
		if err == nil {
			continue
		}
		if now, ok := unknownField(err); ok && now == alias {
			return s.pointer
		}
	}
	return ""
}

// suspect is a key that may be the unknown one.
type suspect struct {
	token
	pointer string
}

func keysCalled(data []byte, name string) []suspect {
	var list []suspect
	walk(data, func(w *walker, t token) bool {
		if t.name != nil && string(t.name) == name {
			list = append(list, suspect{t, w.pointer()})
		}
		return len(list) < mostSuspects
	})
	return list
}
