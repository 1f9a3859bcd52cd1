package inbound

import (
	"reflect"
	"strings"
	"unicode"
)

// fields are those of a struct by their names in JSON. Of several that have the
// same name it is the one that is embedded the least deep, then the only one with
// a tag, then none, as in Go itself.
func (known shaping) fields(t reflect.Type) map[string]*shape {
	found := map[string]*shape{}
	seen := map[reflect.Type]bool{t: true}
	for level := []reflect.Type{t}; len(level) > 0; {
		here := map[string][]field{}
		var deeper []reflect.Type
		for _, t := range level {
			for i := range t.NumField() {
				f, embedded := fieldOf(t.Field(i))
				switch {
				case f.name != "":
					here[f.name] = append(here[f.name], f)
				case embedded != nil:
					deeper = append(deeper, embedded)
				}
			}
		}
		for name, all := range here {
			if _, hidden := found[name]; !hidden {
				found[name] = known.dominant(all)
			}
		}
		level = level[:0]
		for _, t := range deeper {
			if !seen[t] {
				level = append(level, t)
			}
		}
		for _, t := range level { // the same type twice on one level is ambiguous
			seen[t] = true
		}
	}
	for name, s := range found {
		if s == nil {
			delete(found, name)
		}
	}
	return found
}

// field is one of a struct that JSON can fill.
type field struct {
	name   string
	tagged bool
	of     reflect.Type
}

// fieldOf returns a field under its name in JSON, or without a name the struct
// whose fields count as those of the struct that embeds it, or neither.
func fieldOf(f reflect.StructField) (field, reflect.Type) {
	tag := f.Tag.Get("json")
	name, _, _ := strings.Cut(tag, ",")
	embedded := f.Type
	if embedded.Name() == "" && embedded.Kind() == reflect.Pointer {
		embedded = embedded.Elem()
	}
	isStruct := embedded.Kind() == reflect.Struct
	if tag == "-" || !f.IsExported() && !(f.Anonymous && isStruct) {
		return field{}, nil
	}
	if strings.ContainsFunc(name, notInNames) {
		name = ""
	}
	switch {
	case name != "":
		return field{name, true, f.Type}, nil
	case f.Anonymous && isStruct:
		return field{}, embedded
	}
	return field{f.Name, false, f.Type}, nil
}

// notInNames are the characters for which encoding/json ignores a tag.
func notInNames(c rune) bool {
	return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c)
}

// dominant returns the shape of the field among those of one name on one level,
// nil if there is none.
func (known shaping) dominant(all []field) *shape {
	var tagged []field
	for _, f := range all {
		if f.tagged {
			tagged = append(tagged, f)
		}
	}
	if len(tagged) > 0 {
		all = tagged
	}
	if len(all) > 1 {
		return nil
	}
	return known.shape(all[0].of)
}
