package service

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// fieldsOf returns the keys that a struct knows, each with its field's index.
func fieldsOf(t reflect.Type) map[string][]int {
	known := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if key := f.Tag.Get("yaml"); key != "" && key != "-" && key != ",inline" {
			known[key] = f.Index
		}
	}
	return known
}

// keyed reports whether the elements of a list are written as a mapping: they
// are where their Name has no key of its own.
func keyed(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	name, ok := t.FieldByName("Name")
	return ok && name.Tag.Get("yaml") == ""
}

func names(known map[string][]int) []string { return slices.Collect(maps.Keys(known)) }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// resolve returns what n stands for. The document is free of alias cycles.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// nameOf returns the name that a mapping in a list gives itself, or nil.
func nameOf(n *yaml.Node) *yaml.Node {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key, value := resolve(n.Content[i]), resolve(n.Content[i+1]); key.Value == "name" && value.ShortTag() == "!!str" && value.Value != "" {
			return value
		}
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// describe says what n is, for "what was found".
func describe(n *yaml.Node) string {
	switch n = resolve(n); {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	switch text := shorten(n.Value); n.ShortTag() {
	case "!!str":
		return "the text " + quoted(text)
	case "!!int", "!!float":
		return "the number " + text
	case "!!bool":
		return "the truth value " + text
	case "!!timestamp":
		return "the date " + text
	default:
		return "a value tagged " + n.ShortTag()
	}
}

// expectation says what a type is written as.
func expectation(t reflect.Type) string {
	_, isPlain := plain[t]
	switch {
	case t == reflect.TypeFor[Duration]():
		return "a duration like 800ms, 20s, 5m or 30d"
	case allowed[t] != nil:
		return oneOf(allowed[t])
	case t == reflect.TypeFor[Pair]():
		return "text"
	case t == reflect.TypeFor[[]string]():
		return "a list of texts, as in [a, b]"
	case t.Kind() == reflect.Struct && isPlain:
		return "a mapping or text"
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Slice && keyed(t.Elem()):
		return "a mapping"
	case t.Kind() == reflect.Slice:
		return "a list"
	}
	return map[reflect.Kind]string{
		reflect.String:  "text",
		reflect.Int:     "a whole number",
		reflect.Float64: "a number",
		reflect.Bool:    "true or false",
	}[t.Kind()]
}

// quoted is text as a part of a sentence, on one line and of bounded length.
func quoted(text string) string { return strconv.Quote(shorten(text)) }

func shorten(text string) string {
	const limit = 60
	if r := []rune(text); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return text
}
