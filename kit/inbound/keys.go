package inbound

import (
	"fmt"
	"strings"

	"github.com/golive-dev/golive/kit/problem"
)

// companion goes beside a walker and knows the shape of what that visits.
type companion struct {
	along []*shape // along[n] is that of what the first n steps lead to, the last of which is a key
}

// at returns the shape of what a path leads to, nil where anything goes.
func (c *companion) at(path []step) *shape {
	n := len(path)
	for n > 0 && path[n-1].key == nil {
		n--
	}
	s := c.along[n]
	for range path[n:] {
		s = s.element()
	}
	return s
}

// enter notes the key that path ends with, and returns the shape of the object
// that it is in.
func (c *companion) enter(path []step) *shape {
	last := len(path) - 1
	object := c.at(path[:last])
	for len(c.along) <= last+1 {
		c.along = append(c.along, nil)
	}
	c.along[last+1] = object.field(path[last].key)
	return object
}

// judgeKeys refuses an object that has a key twice, and keys that are not exactly
// the name of a field. encoding/json takes "URL" for "url" too, and of several the
// last, others the first; what lies between two readings is an attack.
func judgeKeys(data []byte, root *shape) error {
	var repeated, unknown *problem.Problem
	c := companion{along: append(make([]*shape, 0, 8), root)}
	walk(data, func(w *walker, t token) bool {
		if t.name == nil {
			return true
		}
		object := c.enter(w.path)
		switch {
		case t.repeated:
			repeated = malformed("a key is repeated")
			repeated.Errors = []problem.Field{{Pointer: w.pointer(), Detail: "is repeated"}}
		case unknown == nil && object.lacks(t.name):
			unknown = unfit(problem.Field{Pointer: w.pointer(), Detail: "is not known" + object.meant(string(t.name))})
		}
		return repeated == nil
	})
	switch {
	case repeated != nil:
		return repeated
	case unknown != nil:
		return unknown
	}
	return nil
}

// lacks reports whether s is of a struct without a field of that very name.
func (s *shape) lacks(name []byte) bool {
	return s != nil && s.fields != nil && s.fields[string(name)] == nil
}

// meant names the field that a key is another spelling of.
func (s *shape) meant(name string) string {
	for known := range s.fields {
		if strings.EqualFold(known, name) {
			return fmt.Sprintf("; %q is", known)
		}
	}
	return ""
}
