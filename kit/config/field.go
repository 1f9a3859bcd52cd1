package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/kit/redact"
)

// field is one variable and the place of its value.
type field struct {
	Variable
	parser
	index []int
	wrong string // what its declaration lacks; it then cannot be filled
}

// fieldsOf returns the variables of a struct and the structs within it.
func fieldsOf(t reflect.Type) []field {
	var s scan
	s.enter(t, "", nil, true)
	return s.fields
}

// scan walks through structs.
type scan struct {
	fields []field
}

func (s *scan) enter(t reflect.Type, prefix string, index []int, settable bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		name, ours := f.Tag.Lookup("env")
		switch {
		case ours:
			s.add(f, prefix+name, at, settable && f.IsExported())
		case f.Type.Kind() == reflect.Struct:
			s.enter(f.Type, prefix+f.Tag.Get("prefix"), at, settable && (f.IsExported() || f.Anonymous))
		case f.Type.Kind() == reflect.Pointer:
			s.refuse(f)
		}
	}
}

// refuse finds variables behind a pointer to a struct, which would be left
// empty in silence.
func (s *scan) refuse(f reflect.StructField) {
	to := f.Type.Elem()
	if to.Kind() != reflect.Struct {
		return
	}
	for i := range to.NumField() {
		if name, has := to.Field(i).Tag.Lookup("env"); has {
			s.fields = append(s.fields, field{Variable: Variable{Name: name}, wrong: "cannot be loaded: field " + f.Name + " is a pointer to a struct; make it the struct"})
		}
	}
}

func (s *scan) add(f reflect.StructField, name string, index []int, settable bool) {
	v := field{Variable: Variable{Name: name, Default: f.Tag.Get("default"), Usage: f.Tag.Get("usage")}, index: index}
	v.parser, v.wrong = declared(f, settable)
	v.Kind = v.kind
	switch {
	case v.wrong != "":
		v.wrong = "cannot be loaded: field " + f.Name + " " + v.wrong
	case !isName(name):
		v.wrong = "is no name of a variable: use letters, digits and _, and tags of their own for options"
	case slices.ContainsFunc(s.fields, func(other field) bool { return other.Name == name }):
		v.wrong = "cannot be loaded: two fields are filled from it"
	}
	if isSecret(f.Type) {
		v.wrong = "is a secret, which is read from a file and never from the environment: let " + name + "_FILE name the file, and give that name to secret.File"
	}
	_, hasDefault := f.Tag.Lookup("default")
	v.Required = !hasDefault && f.Tag.Get("optional") != "true"
	s.fields = append(s.fields, v)
}

// declared returns the parser of a field, or what is wrong with its tags.
func declared(f reflect.StructField, settable bool) (p parser, wrong string) {
	if !settable {
		return p, "is not exported"
	}
	p, err := parserOf(f.Type, f.Tag)
	if err != nil {
		return p, err.Error()
	}
	fallback, hasDefault := f.Tag.Lookup("default")
	optional, hasOptional := f.Tag.Lookup("optional")
	switch {
	case hasOptional && optional != "true":
		return p, `has the tag optional with something else than "true"`
	case hasOptional && hasDefault:
		return p, "has both a default and the tag optional; one is enough"
	case fallback != "" && p.set(fallback, reflect.New(f.Type).Elem()) != "":
		return p, "has a default that is none: must be " + p.kind
	}
	return p, ""
}

var isName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString

// isSecret finds a redact.Secret of whatever content, also behind pointers and
// in slices. Types made from one generic type have only their name in common.
func isSecret(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	one := reflect.TypeFor[redact.Secret[string]]()
	generic, _, _ := strings.Cut(one.Name(), "[")
	return t.PkgPath() == one.PkgPath() && strings.HasPrefix(t.Name(), generic+"[")
}

// wrongTag is an error about a tag of a field.
func wrongTag(tag, format string, args ...any) error {
	return fmt.Errorf("has the tag %s, which %s", tag, fmt.Sprintf(format, args...))
}
