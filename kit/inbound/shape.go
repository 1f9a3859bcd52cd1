package inbound

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
)

// shape is what a type takes of JSON, by the rules of encoding/json.
type shape struct {
	of     reflect.Type // as it is declared
	itself bool         // it reads itself, whatever that is
	fields map[string]*shape
	values *shape // of a map
	each   *shape // of the elements of an array
}

var shapes sync.Map // by reflect.Type

// shapeOf returns the shape of t, from its first use on the same.
func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s, _ := shapes.LoadOrStore(t, shaping{}.shape(t))
	return s.(*shape)
}

// shaping are the shapes under way: types may hold themselves.
type shaping map[reflect.Type]*shape

func (known shaping) shape(declared reflect.Type) *shape {
	if s, ok := known[declared]; ok {
		return s
	}
	s := &shape{of: declared}
	known[declared] = s
	t := pointedTo(declared)
	if s.itself = readsItself(t); s.itself {
		return s
	}
	switch t.Kind() {
	case reflect.Struct:
		s.fields = known.fields(t)
	case reflect.Map:
		s.values = known.shape(t.Elem())
	case reflect.Slice, reflect.Array:
		s.each = known.shape(t.Elem())
	}
	return s
}

func pointedTo(t reflect.Type) reflect.Type {
	for depth := 0; t.Kind() == reflect.Pointer && depth < maxDepth; depth++ { // type P *P is a type
		t = t.Elem()
	}
	return t
}

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// field is the shape of what a key leads to, and element that of what an index
// does; nil where anything goes.
func (s *shape) field(name []byte) *shape {
	switch {
	case s == nil:
		return nil
	case s.fields != nil:
		return s.fields[string(name)]
	}
	return s.values
}

func (s *shape) element() *shape {
	if s == nil {
		return nil
	}
	return s.each
}
