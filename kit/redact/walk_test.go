package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/redact"
)

// traces lists how text may appear in what others print.
func traces(text string) []string {
	return []string{
		text, text[3:], hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)),
		strings.Trim(fmt.Sprint([]byte(text)), "[]"), fmt.Sprintf("% x", text), fmt.Sprintf("%U", []rune(text)),
	}
}

// walker goes through a value as the printers of tests do, by reflection and
// into unexported fields, and calls every function that it may.
type walker struct {
	seen  map[uintptr]bool
	found []string
}

func walk(v any) string {
	w := &walker{seen: map[uintptr]bool{}}
	w.visit(reflect.ValueOf(v))
	return strings.Join(w.found, "\n")
}

func (w *walker) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || w.seen[v.Pointer()] {
			return
		}
		w.seen[v.Pointer()] = true
		w.visit(v.Elem())
	case reflect.Interface:
		w.visit(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			w.visit(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.visit(v.Index(i))
		}
		w.note(v)
	case reflect.Map:
		for pairs := v.MapRange(); pairs.Next(); {
			w.visit(pairs.Key())
			w.visit(pairs.Value())
		}
	case reflect.Func:
		w.call(v)
	case reflect.Invalid:
	default:
		w.note(v)
	}
}

// call follows a function without parameters as far as reflection lets it.
func (w *walker) call(f reflect.Value) {
	defer func() { recover() }() // reflection refuses functions of unexported fields
	w.note(f)
	if f.Type().NumIn() > 0 {
		return
	}
	for _, result := range f.Call(nil) {
		w.visit(result)
	}
}

func (w *walker) note(v reflect.Value) { w.found = append(w.found, fmt.Sprintf("%v %#v", v, v)) }

func TestAWalkBySeesNothing(t *testing.T) {
	const canary = "canary-7f3a-hunter2"
	for name, v := range map[string]any{
		"Secret":       new(redact.NewSecret(canary)),
		"PII":          new(redact.NewPII(canary)),
		"bytes":        redact.NewSecret([]byte(canary)),
		"struct":       redact.NewPII(card{canary, canary}),
		"in a struct":  plainFailure[redact.Secret[string]]{redact.NewSecret(canary)},
		"in all kinds": withoutFunction(newHolder(redact.NewSecret(canary))),
	} {
		seen := walk(v)
		for _, trace := range traces(canary) {
			if strings.Contains(seen, trace) {
				t.Errorf("%s: a walk finds %q in %s", name, trace, seen)
			}
		}
	}
}

// withoutFunction leaves out the function that returns the secret itself.
func withoutFunction[S any](h holder[S]) holder[S] {
	h.function = nil
	return h
}

// TestTheWalkSees holds the walk to what it is for: it finds what hides by
// methods or in unexported fields.
func TestTheWalkSees(t *testing.T) {
	const canary = "canary-7f3a-hunter2"
	for name, v := range map[string]any{
		"unexported field": plainFailure[string]{canary},
		"pointer":          plainFailure[*string]{new(canary)},
		"bytes":            plainFailure[[]byte]{[]byte(canary)},
		"all kinds":        newHolder(card{canary, canary}),
		"function":         func() string { return canary },
	} {
		seen, found := walk(v), false
		for _, trace := range traces(canary) {
			found = found || strings.Contains(seen, trace)
		}
		if !found {
			t.Errorf("%s: the walk finds nothing in %s", name, seen)
		}
	}
}
