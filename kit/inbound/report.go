package inbound

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// The events of the lines that are logged.
const (
	eventCompleted = "request.completed"
	eventPanicked  = "request.panicked"
)

// report tells logs, metrics and the span how the request ended: the three are
// made of the same status and the same duration, so that they agree.
func (x *exchange) report(status int) {
	took := time.Since(x.start) // asks one clock, where time.Now asks two
	at := x.start.Add(took)
	if x.sampled {
		x.endSpan(status)
		x.endpoint.metrics.ObserveAt(at, status, took, x.spanContext().TraceID())
	} else {
		x.endpoint.metrics.Observe(status, took, "")
	}
	if !x.route.quiet || status >= 500 {
		x.logCompleted(status, at, took)
	}
}

func (x *exchange) spanContext() trace.SpanContext { return x.ctx.span.SpanContext() }

// logCompleted writes the access line. It says who asked for what, when and
// with what result, and nothing of what the caller sent.
func (x *exchange) logCompleted(status int, at time.Time, took time.Duration) {
	level := slog.LevelInfo
	if status >= 500 && x.refused == notRefused {
		level = slog.LevelError
	}
	if x.mux.lines == nil {
		x.logAttrs(level, status, took)
		return
	}
	l := x.endpoint.outcome(status).lines.LineAt(at, level, eventCompleted, x.spanContext())
	if l == nil {
		return
	}
	l.Dur("duration_ms", took).Int("bytes_in", x.bytesIn()).Int("bytes_out", x.bytesOut()).
		Str("remote", remote(&x.request))
	if subject := x.subject.Load(); subject != nil {
		l.Str("subject", *subject)
	}
	if x.refused != notRefused {
		l.Str("refused", x.refused.String())
	}
	if status >= 500 {
		l.Err(loggable(x.err))
	}
	l.Write()
}

// logAttrs is logCompleted for a logger that is not kit/log's, which does not
// know of traces.
func (x *exchange) logAttrs(level slog.Level, status int, took time.Duration) {
	attrs := append(make([]slog.Attr, 0, 12), x.traceAttrs()...)
	attrs = append(attrs,
		slog.String("method", x.endpoint.method), slog.String("route", x.route.template), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1e3),
		slog.Int64("bytes_in", x.bytesIn()), slog.Int64("bytes_out", x.bytesOut()),
		slog.String("remote", remote(&x.request)))
	if subject := x.subject.Load(); subject != nil {
		attrs = append(attrs, slog.String("subject", *subject))
	}
	if x.refused != notRefused {
		attrs = append(attrs, slog.String("refused", x.refused.String()))
	}
	if status >= 500 && x.err != nil {
		attrs = append(attrs, slog.Any("error", loggable(x.err)))
	}
	x.mux.options.Log.LogAttrs(&x.ctx, level, eventCompleted, attrs...)
}

// traceAttrs are the ids that kit/log's handler takes from the context itself.
func (x *exchange) traceAttrs() []slog.Attr {
	if x.mux.lines != nil {
		return nil
	}
	sc := x.spanContext()
	return []slog.Attr{slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String())}
}

// bytesIn is how much of the body was read.
func (x *exchange) bytesIn() int64 {
	if x.body == nil {
		return 0
	}
	return x.body.read.Load()
}

// bytesOut is how much of the body was sent.
func (x *exchange) bytesOut() int64 {
	if x.request.Method == http.MethodHead {
		return 0
	}
	return x.res.written
}

// errorType names what failed by OpenTelemetry's error.type: the error's Go
// type, else the status.
func (x *exchange) errorType(status int) string {
	if x.err != nil {
		return fmt.Sprintf("%T", x.err)
	}
	return strconv.Itoa(status)
}

// remote is the peer's IP address: the load balancer's where there is one. What
// stands in X-Forwarded-For anybody can write.
func remote(r *http.Request) string {
	i := strings.LastIndexByte(r.RemoteAddr, ':')
	switch {
	case i <= 0:
		return r.RemoteAddr
	case r.RemoteAddr[0] == '[': // IPv6
		return strings.Trim(r.RemoteAddr[:i], "[]")
	}
	return r.RemoteAddr[:i]
}
