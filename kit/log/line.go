package log

import (
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Line is a line that is being written, for code that logs at each request and
// may not allocate. Its methods add fields in the order of the calls and
// return the line. A nil Line, which [Handler.Line] returns when the level is
// off, takes every call and does nothing.
//
// A line belongs to one goroutine and ends with [Line.Write], after which it
// must not be used: it then serves somebody else.
type Line struct {
	buf   []byte
	keys  []part // the names in the objects that are open, outermost first
	in    scope
	open  int // objects to close at the end
	lost  int // attributes left out, because the line was full
	level slog.Level
	out   sink
}

// Line begins a line with the fixed fields and, after them, what the handler
// got through WithAttrs and WithGroup. It returns nil when the level is off. A
// span context that is not valid leaves the ids out.
func (h *Handler) Line(level slog.Level, event string, sc trace.SpanContext) *Line {
	if level < h.level.Level() {
		return nil
	}
	return h.LineAt(time.Now(), level, event, sc)
}

// LineAt is [Handler.Line] for who knows the time already, since to ask the
// clock costs as much as five fields.
func (h *Handler) LineAt(t time.Time, level slog.Level, event string, sc trace.SpanContext) *Line {
	if level < h.level.Level() {
		return nil
	}
	l := h.begin(level, t, event, sc)
	l.nest(h.groups)
	return l
}

// Str adds a text. What is longer than [MaxValue] is cut.
func (l *Line) Str(key, value string) *Line {
	if l != nil && l.key(key) {
		l.buf = appendText(l.buf, value)
	}
	return l
}

// Int adds a whole number.
func (l *Line) Int(key string, value int64) *Line {
	if l != nil && l.key(key) {
		l.buf = appendInt(l.buf, value)
	}
	return l
}

// Float adds a number. NaN and the infinities, which JSON lacks, become the
// texts "NaN", "+Inf" and "-Inf".
func (l *Line) Float(key string, value float64) *Line {
	if l != nil && l.key(key) {
		l.buf = appendFloat(l.buf, value)
	}
	return l
}

// Dur adds a duration as a number of milliseconds, down to the microsecond.
// The key names the unit: "duration_ms", "timeout_ms".
func (l *Line) Dur(key string, value time.Duration) *Line {
	if l != nil && l.key(key) {
		l.buf = appendMillis(l.buf, value)
	}
	return l
}

// Bool adds true or false.
func (l *Line) Bool(key string, value bool) *Line {
	if l != nil && l.key(key) {
		l.buf = appendBool(l.buf, value)
	}
	return l
}

// Err adds the text of err under the key error, and nothing when err is nil.
func (l *Line) Err(err error) *Line {
	if l != nil && err != nil {
		l.attr(slog.Any("error", err), 0)
	}
	return l
}

// Attr adds any attribute, as the handler would.
func (l *Line) Attr(a slog.Attr) *Line {
	if l != nil {
		l.attr(a, 0)
	}
	return l
}

// Write ends the line and hands it to the writer, whose failures nobody at
// this place could mend: a [Writer] counts them.
func (l *Line) Write() {
	if l != nil {
		_ = l.end()
	}
}

// begin writes what every line begins with.
func (h *Handler) begin(level slog.Level, t time.Time, event string, sc trace.SpanContext) *Line {
	l := getLine()
	l.out, l.level = h.out, level
	if h.replace != nil {
		t = h.replace(t)
	}
	head := h.heads[rank(level)]
	if t.IsZero() { // slog wants it left out
		l.buf = append(append(l.buf, '{'), head[len(nanos)+1:]...)
	} else {
		l.buf = appendSecond(l.buf, t.Unix())
		at := len(l.buf)
		l.buf = append(l.buf, head...)
		fill(l.buf[at:at+len("000000000")], t.Nanosecond())
	}
	if sc.IsValid() {
		l.buf = appendIDs(l.buf, sc)
	}
	l.buf = appendText(append(l.buf, `,"event":`...), event)
	l.resume(h)
	return l
}

// resume goes on where the handler's attributes end.
func (l *Line) resume(h *Handler) {
	if len(h.attrs) == 0 {
		return
	}
	at := len(l.buf)
	l.buf = append(l.buf, h.attrs...)
	for _, k := range h.keys {
		l.keys = append(l.keys, part{at + k.from, at + k.to})
	}
	l.in, l.open = h.in, h.in.depth
}

// nest opens groups that stay open to the line's end.
func (l *Line) nest(groups []string) {
	for _, name := range groups {
		if l.key(name) {
			l.enter()
			l.open++
		}
	}
}

// end closes what is open and writes the line.
func (l *Line) end() error {
	for range l.open {
		l.buf = append(l.buf, '}')
	}
	l.count()
	l.buf = append(l.buf, '}', '\n')
	err := l.out.write(l.level, l.buf)
	l.free()
	return err
}

// count tells how many attributes the line has no room for.
func (l *Line) count() {
	if l.lost > 0 {
		l.buf = appendInt(append(l.buf, `,"attrs_dropped":`...), int64(l.lost))
	}
}

// rank maps a level to the nearest of the four names at or below it, so that
// a search by level finds every line.
func rank(level slog.Level) int {
	switch {
	case level < slog.LevelInfo:
		return 0
	case level < slog.LevelWarn:
		return 1
	case level < slog.LevelError:
		return 2
	}
	return 3
}

var lines = sync.Pool{New: func() any {
	return &Line{buf: make([]byte, 0, 1<<10), keys: make([]part, 0, 32)}
}}

func getLine() *Line { return lines.Get().(*Line) }

// free returns the line to the pool, unless it grew so large that the pool
// would hold on to memory that few lines need.
func (l *Line) free() {
	if cap(l.buf) > MaxValue {
		return
	}
	l.buf, l.keys = l.buf[:0], l.keys[:0]
	l.in, l.open, l.lost = scope{}, 0, 0
	lines.Put(l)
}
