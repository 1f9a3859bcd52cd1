package outbound

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	kitlog "github.com/golive-dev/golive/kit/log"
	"github.com/sony/gobreaker/v2"
)

// logs writes the events of one dependency's calls. Path, query and headers are not among them.
type logs struct {
	logger *slog.Logger
	lines  *kitlog.Handler // nil for a logger that is not kit/log's
	last   *atomic.Pointer[peerLines]
}

// peerLines begins the lines about one peer. A dependency mostly has one, so that remembering the last one spares
// each call to format it.
type peerLines struct {
	host, port string
	lines      *kitlog.Handler
}

func (l logs) of(c *call) *kitlog.Handler {
	if p := l.last.Load(); p != nil && p.host == c.host && p.port == c.port {
		return p.lines
	}
	attrs := []slog.Attr{slog.String("host", c.host), slog.String("port", c.port)}
	p := &peerLines{c.host, c.port, l.lines}
	if h, ok := l.lines.WithAttrs(attrs).(*kitlog.Handler); ok {
		p.lines = h
	}
	l.last.Store(p)
	return p.lines
}

func newLogs(l *slog.Logger, dependency string) logs {
	l = l.With(slog.String("dependency", dependency))
	lines, _ := kitlog.FromLogger(l)
	return logs{logger: l, lines: lines, last: new(atomic.Pointer[peerLines])}
}

// completed is the one line that every call costs, hence without the detour over slog.
func (l logs) completed(c *call, status int, at time.Time, took time.Duration) {
	const event = "call.completed"
	if l.lines != nil {
		l.of(c).LineAt(at, slog.LevelInfo, event, c.parent).Str("method", c.method()).
			Int("status", int64(status)).Int("attempt", int64(c.attempt)).Dur("duration_ms", took).Write()
		return
	}
	if ctx := c.req.Context(); l.logger.Enabled(ctx, slog.LevelInfo) {
		l.logger.LogAttrs(ctx, slog.LevelInfo, event, append(c.logAttrs(), slog.Int("status", status),
			slog.Int("attempt", c.attempt), millis("duration_ms", took))...)
	}
}

// redirected logs an answer that sent the call on: it is not the call's end.
func (l logs) redirected(c *call, status int, took time.Duration) {
	if ctx := c.req.Context(); l.logger.Enabled(ctx, slog.LevelDebug) {
		l.logger.LogAttrs(ctx, slog.LevelDebug, "call.redirected",
			append(c.logAttrs(), slog.Int("status", status), slog.Int("attempt", c.attempt), millis("duration_ms", took))...)
	}
}

func (l logs) retried(c *call, failure *Error, wait time.Duration) {
	ctx := c.req.Context()
	if !l.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := append(c.logAttrs(), failure.logAttrs()...)
	l.logger.LogAttrs(ctx, slog.LevelDebug, "call.retried", append(attrs, millis("wait_ms", wait))...)
}

// failed logs a call without an answer: as an error when its caller gets none, as a warning when the fallback gave one.
func (l logs) failed(c *call, failure *Error, took time.Duration, fallback string) {
	level := slog.LevelError
	attrs := append(c.logAttrs(), failure.logAttrs()...)
	attrs = append(attrs, millis("duration_ms", took))
	if fallback != "" {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("fallback", fallback))
	}
	l.logger.LogAttrs(c.req.Context(), level, "call.failed", attrs...)
}

func (l logs) fellBack(c *call, kind string, status int) {
	l.logger.LogAttrs(c.req.Context(), slog.LevelWarn, "call.fell_back",
		append(c.logAttrs(), slog.String("fallback", kind), slog.Int("status", status))...)
}

// canceled logs a call that its caller gave up: nothing is wrong with the dependency.
func (l logs) canceled(c *call, failure *Error, took time.Duration) {
	l.logger.LogAttrs(c.req.Context(), slog.LevelInfo, "call.canceled",
		append(c.logAttrs(), slog.Int("attempt", failure.Attempt), slog.Int("attempts", failure.Attempts), millis("duration_ms", took))...)
}

func (l logs) breaker(from, to gobreaker.State) {
	level := slog.LevelInfo
	if to == gobreaker.StateOpen {
		level = slog.LevelWarn
	}
	l.logger.LogAttrs(context.Background(), level, "breaker.changed",
		slog.String("from", from.String()), slog.String("to", to.String()))
}

func (c *call) logAttrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	return append(attrs, slog.String("host", c.host), slog.String("port", c.port), slog.String("method", c.method()))
}

func (e *Error) logAttrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("error", e.Error()), slog.String("outcome", e.outcome.String()), millis("timeout_ms", e.Timeout),
		slog.Int("attempt", e.Attempt), slog.Int("attempts", e.Attempts),
	}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	return attrs
}

func millis(key string, d time.Duration) slog.Attr {
	return slog.Float64(key, float64(d.Microseconds())/1000)
}
