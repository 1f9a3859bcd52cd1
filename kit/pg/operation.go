package pg

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// operation is one statement, batch, copy or connect under way.
type operation struct {
	kind  string        // SELECT, BATCH, CONNECT, …
	text  func() string // the SQL without values, made only when it is shown
	began time.Time
	span  trace.Span
}

// keys of contexts.
type (
	underway  struct{}
	bound     struct{}
	acquiring struct{}
)

// begin starts to watch an operation.
func (o *observer) begin(ctx context.Context, kind string, text func() string) context.Context {
	op := &operation{kind: kind, text: text, began: time.Now()}
	ctx, op.span = o.tracer.Start(ctx, kind+" "+o.database, trace.WithSpanKind(trace.SpanKindClient))
	if op.span.IsRecording() {
		op.span.SetAttributes(o.attributes...)
		op.span.SetAttributes(attribute.String("db.operation.name", kind))
		if shown := text(); shown != "" {
			op.span.SetAttributes(attribute.String("db.query.text", shown))
		}
	}
	return context.WithValue(ctx, underway{}, op)
}

// end reports an operation that began with begin.
func (o *observer) end(ctx context.Context, tag pgconn.CommandTag, err error) {
	op, ok := ctx.Value(underway{}).(*operation)
	if !ok {
		return
	}
	took, how := time.Since(op.began), outcome(ctx, err)
	unbound(ctx) // only now, since it cancels ctx
	o.metrics.observe(op, how, took)
	if o.slow >= 0 && took >= o.slow {
		o.metrics.slow(op)
		o.logSlow(ctx, op, tag, how, took, err)
	}
	switch unanswered := how == metrics.TimedOut || how == metrics.Unreachable; {
	case unanswered && op.kind != "CONNECT" && !repeating(ctx): // those are told by who waits for them
		o.logFailed(ctx, o.describe(err), how, took, slog.String("operation", op.kind))
	case !unanswered && o.log.Enabled(ctx, slog.LevelDebug):
		o.log.LogAttrs(ctx, slog.LevelDebug, "call.completed", slog.String("dependency", o.name),
			slog.String("operation", op.kind), slog.String("outcome", how.String()), millis("duration_ms", took))
	}
	op.finish(how, err)
}

// logSlow writes the line of a slow operation.
func (o *observer) logSlow(ctx context.Context, op *operation, tag pgconn.CommandTag, how metrics.Outcome, took time.Duration, err error) {
	attrs := []slog.Attr{
		slog.String("dependency", o.name), slog.String("operation", op.kind),
		millis("duration_ms", took), slog.String("outcome", how.String()),
	}
	if text := op.text(); text != "" {
		attrs = append(attrs, slog.String("query", text))
	}
	if err == nil {
		attrs = append(attrs, slog.Int64("rows", tag.RowsAffected()))
	} else if code := sqlState(err); code != "" {
		attrs = append(attrs, slog.String("sqlstate", code))
	}
	o.log.LogAttrs(ctx, slog.LevelWarn, "query.slow", attrs...)
}

// logFailed writes the line of a call that got no answer. What the server
// answers, be it an error, is not among them: its caller knows what it means.
func (o *observer) logFailed(ctx context.Context, e *Error, how metrics.Outcome, took time.Duration, more ...slog.Attr) {
	o.log.LogAttrs(ctx, slog.LevelError, "call.failed", append([]slog.Attr{
		slog.String("dependency", e.Dependency), slog.String("host", e.Host), slog.String("port", strconv.Itoa(int(e.Port))),
		slog.String("error", e.Error()), slog.String("outcome", how.String()), millis("timeout_ms", e.Timeout),
		slog.Int("attempt", max(e.Attempt, 1)), slog.Int("attempts", max(e.Attempts, 1)), millis("duration_ms", took),
	}, more...)...)
}

func millis(key string, d time.Duration) slog.Attr {
	return slog.Float64(key, float64(d.Microseconds())/1000)
}

// finish ends the span. The server's message stays out: it may hold values.
func (op *operation) finish(how metrics.Outcome, err error) {
	if err != nil && op.span.IsRecording() {
		kind := how.String()
		if code := sqlState(err); code != "" {
			op.span.SetAttributes(attribute.String("db.response.status_code", code))
			kind = code
		}
		op.span.SetAttributes(attribute.String("error.type", kind))
		op.span.SetStatus(codes.Error, how.String())
	}
	op.span.End()
}

// wait is the context of a wait for a connection. The pool returns its Err to
// whoever waited in vain, so that says what was waited for.
type wait struct {
	context.Context
	began time.Time
	over  func() *Error
	tries atomic.Int32 // connections that it got and could not use
	limit int32        // of tries before the last
}

// Err says of a wait that took too long that it was for a connection.
func (w *wait) Err() error {
	if err := w.Context.Err(); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return w.over()
}

// Value finds the wait itself, for what happens within.
func (w *wait) Value(key any) any {
	if key == (acquiring{}) {
		return w
	}
	return w.Context.Value(key)
}

// bounded returns ctx with an end, unless it ends earlier by itself.
func (o *observer) bounded(ctx context.Context) context.Context {
	latest := time.Now().Add(o.timeout + o.grace())
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(latest) {
		return unrelated(ctx)
	}
	ctx, cancel := context.WithDeadline(ctx, latest)
	return context.WithValue(ctx, bound{}, cancel)
}

// unbound frees what bounded took.
func unbound(ctx context.Context) {
	if cancel, ok := ctx.Value(bound{}).(context.CancelFunc); ok {
		cancel()
	}
}

// unrelated hides the bound of what happens around: a connection is made with
// the values of whoever waits for it, and must not end that wait.
func unrelated(ctx context.Context) context.Context { return context.WithValue(ctx, bound{}, nil) }
