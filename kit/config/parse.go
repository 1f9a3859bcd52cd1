package config

import (
	"encoding"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// parser turns the text of a variable into the value of a field.
type parser struct {
	kind string // what the text must be, after "must be"
	// set returns what is wrong with the text, without quoting it, or nothing.
	set  func(text string, into reflect.Value) (what string)
	tags []string // which of the tags that restrict values it heeds
}

// restricting are the tags that are wrong on a field whose type does not heed
// them: the author believes in a limit that is none.
var restricting = []string{"min", "max", "oneof", "scheme", "password"}

// parserOf returns the parser of a field of type t. The error completes a
// sentence about the field.
func parserOf(t reflect.Type, tags reflect.StructTag) (parser, error) {
	p, err := parserOfType(t, tags)
	if err != nil {
		return p, err
	}
	for _, tag := range restricting {
		if _, has := tags.Lookup(tag); has && !slices.Contains(p.tags, tag) {
			return p, wrongTag(tag, "says nothing about %s", t)
		}
	}
	return p, nil
}

func parserOfType(t reflect.Type, tags reflect.StructTag) (parser, error) {
	switch {
	case t == reflect.TypeFor[url.URL]():
		return urlParser(tags)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return oneOf(textParser(t), tags)
	case t.Kind() == reflect.Pointer:
		return pointerParser(t.Elem(), tags)
	case t.Kind() == reflect.Slice:
		return listParser(t.Elem(), tags)
	case t.Kind() == reflect.Bool:
		return plainParser("true or false", strconv.ParseBool, reflect.Value.SetBool), nil
	case t.Kind() == reflect.String:
		return oneOf(plainParser("a text", asIs, reflect.Value.SetString), tags)
	}
	p, err := numberParser(t, tags)
	if err != nil {
		return p, err
	}
	return oneOf(p, tags)
}

func asIs(text string) (string, error) { return text, nil }

// plainParser takes what read does. Errors of read quote the text and are
// dropped.
func plainParser[V any](kind string, read func(string) (V, error), set func(reflect.Value, V)) parser {
	return parser{kind: kind, set: func(text string, into reflect.Value) string {
		v, err := read(text)
		if err != nil {
			return malformed(kind)
		}
		set(into, v)
		return ""
	}}
}

func malformed(kind string) string { return "is malformed: must be " + kind }

// textParser takes what the type's own method does.
func textParser(t reflect.Type) parser {
	kind := "of the form that " + t.String() + " has"
	if t == reflect.TypeFor[slog.Level]() {
		kind = "debug, info, warn or error"
	}
	return parser{kind: kind, set: func(text string, into reflect.Value) string {
		if into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) != nil {
			return malformed(kind)
		}
		return ""
	}}
}

// pointerParser makes what the pointer points to.
func pointerParser(t reflect.Type, tags reflect.StructTag) (parser, error) {
	p, err := parserOfType(t, tags)
	set := p.set
	p.set = func(text string, into reflect.Value) string {
		to := reflect.New(t)
		if what := set(text, to.Elem()); what != "" {
			return what
		}
		into.Set(to)
		return ""
	}
	return p, err
}

// listParser takes items between commas.
func listParser(t reflect.Type, tags reflect.StructTag) (parser, error) {
	item, err := parserOfType(t, tags)
	kind := "a list separated by commas, each item " + item.kind
	return parser{kind: kind, tags: item.tags, set: func(text string, into reflect.Value) string {
		texts := strings.Split(text, ",")
		list := reflect.MakeSlice(into.Type(), len(texts), len(texts))
		for i, text := range texts {
			text = strings.TrimSpace(text)
			if text == "" {
				return malformed(kind)
			}
			switch what := item.set(text, list.Index(i)); what {
			case "":
			case malformed(item.kind):
				return malformed(kind)
			default:
				return what
			}
		}
		into.Set(list)
		return ""
	}}, err
}

// oneOf narrows a parser to the choices of the tag oneof.
func oneOf(p parser, tags reflect.StructTag) (parser, error) {
	p.tags = append(p.tags, "oneof")
	text, has := tags.Lookup("oneof")
	if !has {
		return p, nil
	}
	choices := strings.Split(text, ",")
	if slices.Contains(choices, "") {
		return p, wrongTag("oneof", "holds an empty choice")
	}
	kind, set := "one of "+strings.Join(choices, ", "), p.set
	p.kind = kind
	p.set = func(text string, into reflect.Value) string {
		if !slices.Contains(choices, text) || set(text, into) != "" {
			return malformed(kind)
		}
		return ""
	}
	return p, nil
}
