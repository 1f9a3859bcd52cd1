package service

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong in a golive.yaml.
type Error struct {
	File string // golive.yaml, or the name given to [Parse]
	Line int    // from 1
	Key  string // dotted path, "dependencies.payments.timeout"; "" for the file as a whole
	Text string // what was found; what was expected
}

// Error formats e as "golive.yaml:12: dependencies.db.timeout: what was
// found; expected …".
func (e Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Key, e.Text)
}

// Errors is everything that is wrong in a golive.yaml, by line. It is never
// empty.
type Errors []Error

// Error formats each error on a line of its own.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors to [errors.As].
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// findings collects what is wrong while a file is read.
type findings struct {
	file  string
	lines map[string]int  // of each key that was read
	meant map[string]bool // keys that an unknown key was probably meant to be
	plain map[string]bool // items of lists that go by their index alone
	errs  Errors
}

// add notes an error at a line.
func (f *findings) add(line int, key, found, expected string) {
	f.errs = append(f.errs, Error{f.file, max(line, 1), key, found + "; expected " + expected})
}

// at notes an error at the line of key or, where it is not written, of what
// it would stand in. A key has only its first error: a second one about the
// same value is a consequence.
func (f *findings) at(key, found, expected string) {
	if !f.blames(key) {
		f.add(f.line(key), key, found, expected)
	}
}

// missing notes that a required key is not written, unless a misspelt one
// has been noted in its place, or something else in place of its mapping.
func (f *findings) missing(key, expected string) {
	above := key[:max(0, strings.LastIndexByte(key, '.'))]
	if !f.meant[key] && (above == "" || !f.blames(above)) {
		f.at(key, "missing", expected)
	}
}

// blames reports whether there is an error about key already.
func (f *findings) blames(key string) bool {
	return slices.ContainsFunc(f.errs, func(e Error) bool { return e.Key == key })
}

// blamesWithin reports whether there is an error about key or below it.
func (f *findings) blamesWithin(key string) bool {
	return slices.ContainsFunc(f.errs, func(e Error) bool { return e.Key == key || strings.HasPrefix(e.Key, key+".") })
}

// wrote reports whether key stands in the file.
func (f *findings) wrote(key string) bool { return f.lines[key] > 0 }

// line returns the line of key or of the nearest written key above it.
func (f *findings) line(key string) int {
	for key != "" {
		if line := f.lines[key]; line > 0 {
			return line
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return f.lines[""]
}

// err returns the errors by line, or nil.
func (f *findings) err() error {
	if len(f.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(f.errs, func(a, b Error) int { return cmp.Compare(a.Line, b.Line) })
	return f.errs
}
