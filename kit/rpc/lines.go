package rpc

import (
	"context"
	"log/slog"
	"time"

	kitlog "github.com/golive-dev/golive/kit/log"
	"go.opentelemetry.io/otel/trace"
)

// lines writes events with the ids of the trace in their context: a logger of
// kit/log adds them itself, to any other they are told.
type lines struct {
	log   *slog.Logger
	knows bool // of traces
}

func newLines(l *slog.Logger) lines {
	_, knows := kitlog.FromLogger(l)
	return lines{l, knows}
}

func (l lines) write(ctx context.Context, level slog.Level, event string, attrs ...slog.Attr) {
	if sc := trace.SpanContextFromContext(ctx); !l.knows && sc.IsValid() {
		attrs = append(attrs, slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String()))
	}
	l.log.LogAttrs(ctx, level, event, attrs...)
}

func millis(key string, d time.Duration) slog.Attr {
	return slog.Float64(key, float64(d.Microseconds())/1000)
}
