package main

import (
	"io"
	"log/slog"
	"net"
	"time"
)

// jsonLines writes one JSON object per line, with its fields under the names
// of the schema.
func jsonLines(out io.Writer) slog.Handler {
	return slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: schemaNames})
}

func schemaNames(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey:
		a.Key = "timestamp"
	case slog.MessageKey:
		a.Key = "event"
	}
	return a
}

// logger returns a logger whose lines carry the ids of s.
func (i *instance) logger(s span) *slog.Logger {
	return i.log.With("trace_id", s.trace, "span_id", s.id)
}

// wrote logs the end of a request: its route, and nothing that the client
// chose.
func (i *instance) wrote(p *exchange, took time.Duration) {
	level := slog.LevelInfo
	if p.status >= 500 {
		level = slog.LevelError
	}
	attrs := append([]slog.Attr{
		slog.String("method", p.request.Method), slog.String("route", p.pattern), slog.Int("status", p.status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}, i.from(p)...)
	p.log.LogAttrs(p.request.Context(), level, i.event(p), append(attrs, i.extras(p)...)...)
}

// remote is the address of the client, or of what stands between.
func remote(p *exchange) []slog.Attr {
	host, _, err := net.SplitHostPort(p.request.RemoteAddr)
	if err != nil {
		host = p.request.RemoteAddr
	}
	return []slog.Attr{slog.String("remote", host)}
}
