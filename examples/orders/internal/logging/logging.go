// Package logging writes the service's lines: one JSON object each, with
// timestamp, level, service, event, trace_id and span_id.
//
// An event has a stable name; what varies is in attributes. Nothing that a
// customer sent may become one: no path, query, header or body.
package logging

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"

	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

// New returns a logger that writes to w. A line that belongs to no request
// carries the ids of a trace that stands for the process itself.
func New(w io.Writer, service string) *slog.Logger {
	lines := slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: rename})
	return slog.New(handler{lines, trace.New()}).With("service", service)
}

func rename(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		a.Key = "timestamp"
	case slog.MessageKey:
		a.Key = "event"
	}
	return a
}

// handler adds the ids of the context's span to each record.
type handler struct {
	slog.Handler
	process trace.Span
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	span, ok := trace.From(ctx)
	if !ok {
		span = h.process
	}
	r.AddAttrs(slog.String("trace_id", span.TraceID()), slog.String("span_id", span.SpanID()))
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.process}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.process}
}

// Standard returns a logger of the standard library, for net/http's own
// complaints, whose lines become events called name.
func Standard(l *slog.Logger, name string) *log.Logger {
	return log.New(complaints{l, name}, "", 0)
}

type complaints struct {
	log  *slog.Logger
	name string
}

func (c complaints) Write(line []byte) (int, error) {
	c.log.Warn(c.name, "detail", string(bytes.TrimSpace(line)))
	return len(line), nil
}
