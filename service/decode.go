package service

import (
	"iter"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder fills the types of a declaration from YAML. It is strict: what it
// does not know, or finds of another type, is an error, and it goes on to
// find the next one.
type decoder struct{ *findings }

// plain names the field that a plain value sets where a mapping is usual.
var plain = map[reflect.Type]string{
	reflect.TypeFor[Owner]():         "Team",
	reflect.TypeFor[Contact]():       "Name",
	reflect.TypeFor[Without]():       "Do",
	reflect.TypeFor[SeverityClass](): "Means",
	reflect.TypeFor[Pair]():          "Value",
}

// decode fills s from root, and the lines of all keys on the way.
func decode(f *findings, root *yaml.Node, s *Service) {
	decoder{f}.value(root, "", reflect.ValueOf(s).Elem())
}

// value fills v, whose place in the file is path, from n.
func (d decoder) value(n *yaml.Node, path string, v reflect.Value) {
	n = resolve(n)
	field, isPlain := plain[v.Type()]
	switch kind := v.Kind(); {
	case kind == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, path, v.Elem())
	case kind == reflect.Interface:
		d.json(n, path, v)
	case isNull(n):
		d.add(n.Line, path, "nothing", expectation(v.Type()))
	case isPlain && n.Kind == yaml.ScalarNode:
		d.scalar(n, path, v.FieldByName(field), v.Type() == reflect.TypeFor[Pair]())
	case kind == reflect.Struct && n.Kind == yaml.MappingNode:
		d.fields(n, path, v)
	case kind == reflect.Slice && keyed(v.Type().Elem()) && n.Kind == yaml.MappingNode:
		d.entries(n, path, v)
	case kind == reflect.Slice && !keyed(v.Type().Elem()) && n.Kind == yaml.SequenceNode:
		d.items(n, path, v)
	case kind == reflect.Struct || kind == reflect.Slice || n.Kind != yaml.ScalarNode:
		d.add(n.Line, path, describe(n), expectation(v.Type()))
	default:
		d.scalar(n, path, v, false)
	}
}

// fields fills a struct from a mapping.
func (d decoder) fields(n *yaml.Node, path string, v reflect.Value) {
	known := fieldsOf(v.Type())
	for key, value := range d.pairs(n, path) {
		at := join(path, key.Value)
		index, ok := known[key.Value]
		if !ok {
			d.meant[join(path, nearest(key.Value, names(known)))] = true
			d.add(key.Line, at, "unknown key"+perhaps(key.Value, names(known)), oneOf(names(known)))
			continue
		}
		d.lines[at] = key.Line
		d.value(value, at, v.FieldByIndex(index))
	}
}

// entries fills a list whose elements have their names from the keys of a
// mapping, in the order written.
func (d decoder) entries(n *yaml.Node, path string, v reflect.Value) {
	for key, value := range d.pairs(n, path) {
		at := join(path, key.Value)
		d.lines[at] = key.Line
		e := reflect.New(v.Type().Elem()).Elem()
		e.FieldByName("Name").SetString(key.Value)
		d.value(value, at, e)
		v.Set(reflect.Append(v, e))
	}
}

// items fills a list from a sequence. An item's place is its name or, where
// it has none or another item has the same, its index. Its line is found by
// its index in any case.
func (d decoder) items(n *yaml.Node, path string, v reflect.Value) {
	named := map[string]int{} // the line of each name
	for i, item := range n.Content {
		at := join(path, strconv.Itoa(i))
		d.lines[at], d.plain[at] = item.Line, true
		if name := nameOf(item); name != nil && v.Type().Elem().Kind() == reflect.Struct {
			if first := named[name.Value]; first > 0 {
				d.add(name.Line, at+".name", "the name "+quoted(name.Value)+" is used twice, first on line "+strconv.Itoa(first), "a name of its own")
			} else {
				delete(d.plain, at)
				at, named[name.Value] = join(path, name.Value), name.Line
				d.lines[at] = item.Line
			}
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if e.Kind() == reflect.String {
			d.scalar(resolve(item), at, e, strings.HasSuffix("."+path, ".run.command"))
		} else {
			d.value(item, at, e)
		}
		v.Set(reflect.Append(v, e))
	}
}

// pairs yields the keys and values of a mapping, without those keys that are
// no text or were there before.
func (d decoder) pairs(n *yaml.Node, path string) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		first := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := resolve(n.Content[i]), n.Content[i+1]
			switch line, again := first[key.Value]; {
			case key.Kind != yaml.ScalarNode || isNull(key):
				d.add(key.Line, path, describe(key)+" is a key", "text as key")
			case key.ShortTag() == "!!merge":
				d.add(key.Line, join(path, key.Value), "a merge of mappings", "the keys themselves")
			case again:
				d.add(key.Line, join(path, key.Value), "written twice, first on line "+strconv.Itoa(line), "it once")
			default:
				first[key.Value] = key.Line
				if !yield(key, value) {
					return
				}
			}
		}
	}
}
