package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
)

// Load fills a T, which must be a struct, with what lookup says of its
// variables. Lookup is like [os.LookupEnv], which is taken for nil.
//
// The error is an [*Error] with everything that is wrong. The T is then the
// zero value.
func Load[T any](lookup func(variable string) (string, bool)) (T, error) {
	if lookup == nil {
		lookup = os.LookupEnv
	}
	var filled, zero T
	if err := load(reflect.ValueOf(&filled).Elem(), lookup); err != nil {
		return zero, err
	}
	if v, ok := any(&filled).(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return zero, asError(err)
		}
	}
	return filled, nil
}

func load(into reflect.Value, lookup func(string) (string, bool)) error {
	if into.Kind() != reflect.Struct {
		return &Error{Problems: []Problem{{What: "cannot load a configuration into " + into.Type().String() + ", which is no struct"}}}
	}
	var problems []Problem
	for _, f := range fieldsOf(into.Type()) {
		if what := f.load(into, lookup); what != "" {
			problems = append(problems, Problem{f.Name, what})
		}
	}
	if problems != nil {
		return &Error{Problems: problems}
	}
	return nil
}

// load fills the field and returns what is wrong, or nothing.
func (f *field) load(into reflect.Value, lookup func(string) (string, bool)) (what string) {
	if f.wrong != "" {
		return f.wrong
	}
	text, _ := lookup(f.Name)
	if text == "" {
		if f.Required {
			return "is missing"
		}
		text = f.Default
	}
	if text == "" {
		return ""
	}
	return f.set(text, into.FieldByIndex(f.index))
}

// Problem is what is wrong with one variable.
type Problem struct {
	// Variable is its name in the environment. It is empty where Validate found
	// something that concerns more than one.
	Variable string
	// What completes a sentence that begins with the name: "is missing". It
	// never holds a value.
	What string
}

// Error is everything that is wrong with a configuration, in the order of the
// struct's fields.
type Error struct {
	Problems []Problem
	cause    error
}

// Error returns all problems in one line.
func (e *Error) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = strings.TrimSpace(p.Variable + " " + p.What)
	}
	return strings.ReplaceAll(strings.Join(texts, "; "), "\n", "; ")
}

// Unwrap returns the error of T's Validate, or nil.
func (e *Error) Unwrap() error { return e.cause }

// asError lets Validate name variables by an Error of its own.
func asError(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return &Error{Problems: []Problem{{What: err.Error()}}, cause: err}
}
