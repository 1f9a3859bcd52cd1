package log

import (
	"bytes"
	"log/slog"
	"slices"
	"strconv"
)

// Limits that keep a line a line. Docker's json-file driver and containerd cut
// what is longer than 16 KiB into parts, and many collectors drop what is
// longer than 64 KiB.
const (
	// MaxValue is the most bytes that a value takes in a line. The rest is cut
	// off, which shows at the value's end: "… (1048576 bytes)".
	MaxValue = 16 << 10

	// MaxLine is the length in bytes from which on further attributes are left
	// out and counted in the field attrs_dropped. With the longest event and
	// the longest value a line stays below 64 KiB.
	MaxLine = 24 << 10

	maxKey    = 256 // bytes of an attribute's name
	maxWithin = 16  // groups within groups: a LogValuer may return one that holds itself
)

// AppendAttrs appends attributes to dst as the members of a JSON object,
// "key":value with commas between, as the handler writes them within a group.
// It is for logs of other kinds, which have fixed fields of their own. What
// does not fit into [MaxLine] bytes is left out and counted in attrs_dropped.
func AppendAttrs(dst []byte, attrs ...slog.Attr) []byte {
	l := getLine()
	defer l.free()
	l.enter()
	l.attrs(attrs, 0)
	l.count()
	return append(dst, l.buf[1:]...)
}

// part is where in a line a name stands. Names are not kept as strings, whose
// pointers would be the collector's business.
type part struct{ from, to int }

// scope is the object that a line is in.
type scope struct {
	start int    // of its keys in the line's
	bits  uint64 // a set of its keys, which may say yes wrongly but never no
	depth int    // of the object: 0 beside the fixed fields
}

// attr adds an attribute that lies within so many groups of its own. Empty
// ones are left out.
func (l *Line) attr(a slog.Attr, within int) {
	kind := a.Value.Kind()
	if kind == slog.KindLogValuer {
		a.Value = a.Value.Resolve() // catches panics
		kind = a.Value.Kind()
	}
	switch {
	case kind == slog.KindGroup:
		l.group(a.Key, a.Value.Group(), within)
	case kind == slog.KindAny && a.Key == "" && a.Value.Any() == nil:
	case l.key(a.Key):
		l.buf = appendValue(l.buf, kind, a.Value)
	}
}

// group adds an object, unless it would be empty, and of one without a name
// the members.
func (l *Line) group(name string, attrs []slog.Attr, within int) {
	switch {
	case within == maxWithin:
		l.Str(name, "… (groups too deep)")
		return
	case name == "":
		l.attrs(attrs, within+1)
		return
	}
	buf, keys, outer := len(l.buf), len(l.keys), l.in
	if !l.key(name) {
		return
	}
	named := l.in
	l.enter()
	empty := len(l.buf)
	l.attrs(attrs, within+1)
	if len(l.buf) == empty {
		l.buf, l.keys, l.in = l.buf[:buf], l.keys[:keys], outer
		return
	}
	l.buf = append(l.buf, '}')
	l.keys, l.in = l.keys[:l.in.start], named
}

func (l *Line) attrs(attrs []slog.Attr, within int) {
	for _, a := range attrs {
		l.attr(a, within)
	}
}

// enter begins the object whose name was written last.
func (l *Line) enter() {
	l.buf = append(l.buf, '{')
	l.in = scope{start: len(l.keys), depth: l.in.depth + 1}
}

// key begins an attribute: a comma unless it is the first of its object, and a
// name that the object does not have yet. It reports false when the line is
// full.
func (l *Line) key(name string) bool {
	b := bit(name)
	if l.in.bits&b != 0 && l.has(name) || len(l.buf) > MaxLine || len(name) > maxKey || !plain(name) || l.in.depth == 0 && fixed(name) {
		return l.oddKey(name)
	}
	l.in.bits |= b
	buf := l.comma()
	from := len(buf)
	buf = append(append(append(buf, '"'), name...), '"', ':')
	l.keys = append(l.keys, part{from, len(buf) - 1})
	l.buf = buf
	return true
}

// oddKey is key for a name that may not be written as it is.
func (l *Line) oddKey(name string) bool {
	if len(l.buf) > MaxLine {
		l.lost++
		return false
	}
	if len(name) > maxKey {
		name = name[:maxKey]
	}
	if l.in.depth == 0 && fixed(name) {
		name = "attr_" + name
	}
	buf := l.comma()
	from := len(buf)
	buf = appendText(buf, name)
	for n := 2; l.taken(buf[from:]); n++ {
		buf = appendText(buf[:from], name+"_"+strconv.Itoa(n))
	}
	l.in.bits |= bit(buf[from+1 : len(buf)-1])
	l.keys = append(l.keys, part{from, len(buf)})
	l.buf = append(buf, ':')
	return true
}

// comma returns the line up to the next member of an object.
func (l *Line) comma() []byte {
	if n := len(l.buf); n > 0 && l.buf[n-1] == '{' {
		return l.buf
	}
	return append(l.buf, ',')
}

// has reports whether the object has a name that stands for itself. Two of
// eight names share a bit as often as not, and to ask here saves 9 ns of each
// that does, in oddKey.
func (l *Line) has(name string) bool {
	for _, k := range l.keys[l.in.start:] {
		if k.to-k.from == len(name)+2 && string(l.buf[k.from+1:k.to-1]) == name {
			return true
		}
	}
	return false
}

// taken reports whether the object has a name as it is written: what reads logs keeps the first
// of two members, the last, or refuses the line. Names are compared as they
// are written: two that differ only in what is no UTF-8 are written alike.
func (l *Line) taken(name []byte) bool {
	return slices.ContainsFunc(l.keys[l.in.start:], func(k part) bool {
		return bytes.Equal(l.buf[k.from:k.to], name)
	})
}

// fixed reports whether name is that of a field which the handler writes
// itself.
func fixed(name string) bool {
	switch name {
	case "timestamp", "level", "service", "trace_id", "span_id", "event", "attrs_dropped":
		return true
	}
	return false
}

// bit gives a name, as it is written, one bit of 64.
func bit[T string | []byte](name T) uint64 {
	n := len(name)
	if n == 0 {
		return 1
	}
	return 1 << ((n + 7*int(name[0]) + 13*int(name[n-1]) + 29*int(name[n/2])) & 63)
}
