package inbound

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// token is a value in a body, or the key of one.
type token struct {
	start, end int    // its bytes
	name       []byte // of a key; nil: a value
	repeated   bool   // a key that its object had before
}

// walk visits the keys and values of well-formed JSON, a key before its value and
// a value after what is in it, until visit returns false.
func walk(data []byte, visit func(*walker, token) bool) {
	w := walker{data: data, visit: visit}
	w.value()
}

// walker is on its way through a body. It may only be sent through what is
// well-formed and bounded in depth.
type walker struct {
	data  []byte
	at    int
	visit func(*walker, token) bool
	done  bool
	path  []step
	keys  [][]byte // of the objects that are open, outermost first
}

// step is a key, or an index where there is none.
type step struct {
	key   []byte
	index int
}

// pointer is the JSON Pointer (RFC 6901) of what is being visited.
func (w *walker) pointer() string {
	var b strings.Builder
	for _, s := range w.path {
		b.WriteByte('/')
		if s.key == nil {
			b.WriteString(strconv.Itoa(s.index))
			continue
		}
		_, _ = escapes.WriteString(&b, string(s.key))
	}
	return b.String()
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// tell visits a token, unless the visitor has had enough.
func (w *walker) tell(t token) { w.done = w.done || !w.visit(w, t) }

// next skips white space and what separates values.
func (w *walker) next() byte {
	for w.at < len(w.data) && strings.IndexByte(" \t\r\n,:", w.data[w.at]) >= 0 {
		w.at++
	}
	if w.at == len(w.data) {
		return 0
	}
	return w.data[w.at]
}

func (w *walker) value() {
	first := w.next()
	start := w.at
	switch first {
	case '{':
		w.object()
	case '[':
		w.array()
	case '"':
		w.text()
	default:
		for w.at < len(w.data) && strings.IndexByte(" \t\r\n,:]}", w.data[w.at]) < 0 {
			w.at++
		}
	}
	w.tell(token{start: start, end: w.at})
}

func (w *walker) object() {
	outer, depth := len(w.keys), len(w.path)
	var many map[string]bool
	for w.at++; w.next() == '"' && !w.done; {
		start := w.at
		name := w.text()
		w.path = append(w.path, step{key: name})
		w.tell(token{start: start, end: w.at, name: name, repeated: w.seen(outer, name, &many)})
		w.value()
		w.path = w.path[:depth]
	}
	w.keys = w.keys[:outer]
	w.at++
}

// fewKeys is up to how many keys looking through them is cheaper than a map.
const fewKeys = 16

// seen notes a key of the object whose keys begin at from, and reports whether
// it had the key before.
func (w *walker) seen(from int, name []byte, many *map[string]bool) bool {
	if *many == nil && len(w.keys)-from < fewKeys {
		for _, k := range w.keys[from:] {
			if bytes.Equal(k, name) {
				return true
			}
		}
		w.keys = append(w.keys, name)
		return false
	}
	if *many == nil {
		*many = map[string]bool{}
		for _, k := range w.keys[from:] {
			(*many)[string(k)] = true
		}
	}
	was := (*many)[string(name)]
	(*many)[string(name)] = true
	return was
}

func (w *walker) array() {
	depth := len(w.path)
	w.path = append(w.path, step{})
	w.at++
	for w.next() != ']' && w.at < len(w.data) && !w.done {
		w.value()
		w.path = w.path[:depth+1]
		w.path[depth].index++
	}
	w.path = w.path[:depth]
	w.at++
}

// text passes a string and returns what it says, never nil.
func (w *walker) text() []byte {
	start := w.at
	for w.at++; w.at < len(w.data) && w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	raw := w.data[start:w.at]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var s string
	_ = json.Unmarshal(raw, &s)
	return []byte(s)
}

// pointerAt returns the pointer of the innermost value that an offset lies in
// or behind.
func pointerAt(data []byte, offset int) string {
	found, width := "", len(data)+1
	walk(data, func(w *walker, t token) bool {
		if t.name == nil && t.start < offset && offset <= t.end && t.end-t.start < width {
			found, width = w.pointer(), t.end-t.start
		}
		return true
	})
	return found
}
