package rpc

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/golive-dev/golive/kit/metrics"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// unary is what is done around a call with one request and one answer.
func (c *client) unary(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	begun := time.Now()
	bounded, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	out := &outgoingCall{client: c, ctx: bounded, caller: ctx, method: method, limit: 1}
	if c.Attempts > 1 && c.mayRepeat(method, opts) {
		out.limit = c.Attempts
	}
	out.send = func(ctx context.Context, more ...grpc.CallOption) error {
		return invoke(ctx, method, req, reply, conn, append(opts[:len(opts):len(opts)], more...)...)
	}
	answer, failure := c.bounded(out)
	if failure != nil {
		return c.fallBack(out, failure, req, reply, opts, time.Since(begun))
	}
	if k, ok := c.Fallback.(keeper); ok && answer == nil {
		k.keep(ctx, method, req, reply)
	}
	c.ended(ctx, method, out.attempt, status.Code(answer), time.Since(begun))
	return answer
}

// bounded sends the call if there is room for one more.
func (c *client) bounded(out *outgoingCall) (answer error, failure *Error) {
	defer c.inFlight.Add(-1)
	if c.inFlight.Add(1) > int64(c.MaxInFlight) {
		return nil, &Error{Dependency: c.Name, Target: c.Target, Method: out.method, Attempts: out.limit,
			Code: codes.Unavailable, Cause: ErrFull, what: ErrFull.Error()}
	}
	c.budget.Earn()
	c.signals.InFlight.Inc()
	defer c.signals.InFlight.Dec()
	return out.attempts()
}

// fallBack ends a call without an answer: it tells of it once, and gives its
// caller what the fallback has.
func (c *client) fallBack(out *outgoingCall, failure *Error, req, reply any, opts []grpc.CallOption, took time.Duration) error {
	c.signals.Observe(failure.outcome(), took, sampledTrace(out.caller))
	if failure.canceled {
		c.log(out.caller, slog.LevelInfo, "call.canceled", failure, took)
		return failure
	}
	err := c.Fallback.Answer(out.caller, out.method, req, reply, failure)
	if err != nil {
		c.log(out.caller, slog.LevelError, "call.failed", failure, took)
		return err
	}
	kind := c.Fallback.Kind()
	c.log(out.caller, slog.LevelWarn, "call.failed", failure, took, slog.String("fallback", kind))
	c.signals.Fallback(kind).Inc()
	if told, ok := find[fellBack](opts); ok {
		*told.kind = kind
	}
	return nil
}

func (c *client) log(ctx context.Context, level slog.Level, event string, e *Error, took time.Duration, more ...slog.Attr) {
	c.lines.write(ctx, level, event, append([]slog.Attr{
		slog.String("dependency", c.Name), slog.String("method", e.Method), slog.String("error", e.Error()),
		slog.String("outcome", e.outcome().String()), slog.String("code", e.Code.String()),
		slog.Int("attempt", e.Attempt), slog.Int("attempts", e.Attempts), millis("timeout_ms", e.Timeout),
		millis("duration_ms", took),
	}, more...)...)
}

func (c *client) retried(out *outgoingCall, e *Error, wait time.Duration) {
	c.log(out.caller, slog.LevelDebug, "call.retried", e, 0, millis("wait_ms", wait))
}

// ended tells of a call that was answered.
func (c *client) ended(ctx context.Context, method string, attempt int, code codes.Code, took time.Duration) {
	c.signals.Observe(metrics.Answered, took, sampledTrace(ctx))
	if !c.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	c.lines.write(ctx, slog.LevelInfo, "call.completed",
		slog.String("dependency", c.Name), slog.String("method", method), slog.String("code", code.String()),
		slog.Int("attempt", attempt), millis("duration_ms", took))
}

// sampledTrace returns the trace id to keep as an example.
func sampledTrace(ctx context.Context) string {
	if sc := trace.SpanContextFromContext(ctx); sc.IsSampled() {
		return sc.TraceID().String()
	}
	return ""
}

// stream is what is done around a stream: deadline, trace, metrics and log. It
// is sent once and has no fallback, for only its user knows what has been read.
func (c *client) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	caller, cancel := ctx, context.CancelFunc(func() {})
	if _, ok := find[longLived](opts); !ok {
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
	}
	begun := time.Now()
	ctx, span := c.tracer.call(ctx, method)
	c.signals.Attempts.Inc()
	c.signals.InFlight.Inc()
	var once sync.Once
	finish := func(err error) {
		once.Do(func() {
			cancel()
			c.signals.InFlight.Dec()
			c.streamEnded(caller, method, span, err, time.Since(begun))
		})
	}
	s, err := open(ctx, desc, conn, method, append(opts[:len(opts):len(opts)], grpc.OnFinish(finish))...)
	if err != nil {
		finish(err) // where gRPC did not get as far
	}
	return s, err
}

func (c *client) streamEnded(caller context.Context, method string, span trace.Span, err error, took time.Duration) {
	if err == io.EOF {
		err = nil
	}
	code := status.Code(err)
	if span != nil {
		endSpan(span, code, !isAnswer(code) && code != codes.Canceled)
	}
	if isAnswer(code) {
		c.ended(caller, method, 1, code, took)
		return
	}
	e := &Error{Dependency: c.Name, Target: c.Target, Method: method, Attempt: 1, Attempts: 1, Timeout: c.Timeout,
		Code: code, Cause: err, canceled: code == codes.Canceled, what: "stream ended with " + code.String()}
	c.signals.Observe(e.outcome(), took, sampledTrace(caller))
	level := slog.LevelError
	if e.canceled {
		level = slog.LevelInfo
	}
	c.log(caller, level, "call.failed", e, took)
}
