package redact

import (
	"crypto/subtle"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
)

// What is printed in place of the content.
const (
	secretText   = "[secret]"
	personalText = "[personal data]"
)

var (
	errSecretForm     = errors.New("the secret does not have the form that its type needs")
	errPersonalForm   = errors.New("the personal data does not have the form that its type needs")
	errSecretStored   = errors.New("a secret is not given to a database by itself; pass what Reveal returns")
	errPersonalStored = errors.New("personal data is not given to a database by itself; pass what Reveal returns")
)

// hide puts v where reflection does not follow: a function shows its address
// and nothing of what it holds.
func hide[T any](v T) func() T { return func() T { return v } }

// open returns what is hidden, or the zero value where nothing was.
func open[T any](reveal func() T) T {
	if reveal == nil {
		var zero T
		return zero
	}
	return reveal()
}

func isZero[T any](v T) bool { return reflect.ValueOf(&v).Elem().IsZero() }

// equal compares strings and bytes in a time that does not depend on where
// they differ.
func equal[T any](a, b T) bool {
	if x, ok := asBytes(a); ok {
		y, _ := asBytes(b)
		return subtle.ConstantTimeCompare(x, y) == 1
	}
	return reflect.DeepEqual(a, b)
}

func asBytes[T any](v T) ([]byte, bool) {
	r := reflect.ValueOf(&v).Elem()
	switch {
	case r.Kind() == reflect.String:
		return []byte(r.String()), true
	case r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8:
		return r.Bytes(), true
	}
	return nil, false
}

// fromText reads text as a T: by its own method, as it is, or else as JSON. It
// returns no error of others, which quote what they could not read.
func fromText[T any](text []byte, placeholder string) (v T, ok bool) {
	if string(text) == placeholder {
		return v, false
	}
	if u, its := any(&v).(encoding.TextUnmarshaler); its {
		return v, u.UnmarshalText(text) == nil
	}
	r := reflect.ValueOf(&v).Elem()
	switch {
	case r.Kind() == reflect.String:
		r.SetString(string(text))
	case r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Uint8:
		r.SetBytes(append([]byte(nil), text...))
	default:
		return v, json.Unmarshal(text, &v) == nil
	}
	return v, true
}

// fromJSON reads text as encoding/json does, without its errors, which quote
// numbers.
func fromJSON[T any](text []byte, placeholder string) (v T, ok bool) {
	var s string
	if json.Unmarshal(text, &s) == nil && s == placeholder {
		return v, false
	}
	return v, json.Unmarshal(text, &v) == nil
}

// isNull says whether text is the null of JSON, which by convention changes
// nothing.
func isNull(text []byte) bool { return string(text) == "null" }
