package log

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Options say how lines are written. The zero value is good but for Service.
type Options struct {
	// Service is the value of the field service in every line.
	Service string

	// Level is the least level that is written; nil means [slog.LevelInfo]. It
	// is asked for each line, so that a [slog.LevelVar] changes it while the
	// process runs.
	Level slog.Leveler

	// ReplaceTime, if not nil, replaces the time of each line. It is for tests:
	// a constant makes lines comparable, the zero time leaves the field out.
	ReplaceTime func(time.Time) time.Time
}

// New returns a logger that writes one JSON object per line to w, each with
// one call of Write. Give it a [Writer] where lines are many. Its handler is a
// *[Handler].
func New(w io.Writer, o Options) *slog.Logger { return slog.New(NewHandler(w, o)) }

// Handler is a [slog.Handler] that writes the lines which the package's page
// describes. Many goroutines may use it at once.
type Handler struct {
	out     sink
	level   slog.Leveler
	replace func(time.Time) time.Time
	heads   [4][]byte // by rank of the level: what follows the timestamp's second

	attrs  []byte   // of WithAttrs, ready to be copied
	keys   []part   // of the objects that attrs leaves open
	in     scope    // in which attrs ends
	groups []string // of WithGroup since then: they are opened when something is in them
}

// NewHandler returns the handler of [New], for those who wrap it in their own.
func NewHandler(w io.Writer, o Options) *Handler {
	h := &Handler{out: newSink(w), level: o.Level, replace: o.ReplaceTime}
	if h.level == nil {
		h.level = slog.LevelInfo
	}
	for i, name := range [...]string{"debug", "info", "warn", "error"} {
		h.heads[i] = appendText([]byte(nanos+`,"level":"`+name+`","service":`), o.Service)
	}
	return h
}

// FromLogger returns the handler of a logger made by [New], also after With
// and WithGroup. It reports false for nil and for a logger of another make.
func FromLogger(l *slog.Logger) (*Handler, bool) {
	if l == nil {
		return nil, false
	}
	h, ok := l.Handler().(*Handler)
	return h, ok
}

// Enabled implements [slog.Handler].
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

// Handle implements [slog.Handler]. The trace and span ids are those of the
// span context in ctx, if it has one. The error is the writer's.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	l := h.begin(r.Level, r.Time, r.Message, trace.SpanContextFromContext(ctx))
	bare := len(l.buf)
	l.nest(h.groups)
	empty := len(l.buf)
	r.Attrs(func(a slog.Attr) bool {
		l.attr(a, 0)
		return true
	})
	if len(l.buf) == empty {
		l.buf, l.open = l.buf[:bare], h.in.depth
	}
	return l.end()
}

// WithAttrs implements [slog.Handler]. The attributes are formatted once, now.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	l := getLine()
	defer l.free()
	l.resume(h)
	l.nest(h.groups)
	empty := len(l.buf)
	l.attrs(attrs, 0)
	if len(l.buf) == empty {
		return h
	}
	next := *h
	next.attrs, next.keys, next.in = slices.Clone(l.buf), slices.Clone(l.keys), l.in
	next.groups = nil
	return &next
}

// WithGroup implements [slog.Handler].
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.groups = append(slices.Clip(h.groups), name)
	return &next
}
