package rpc

import (
	"context"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// unary is the duty around a call with one request and one answer.
func (d *duty) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (resp any, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	ctx, c := d.begin(ctx, info.FullMethod)
	defer func() { err = c.end(err, recover()) }()
	if d.Limiter == nil || isHealth(info.FullMethod) {
		return handle(ctx, req)
	}
	ticket, ok := d.Limiter.Acquire(ctx, d.Priority(info.FullMethod))
	if !ok {
		return nil, refuse(ctx)
	}
	done := false // stays so through a panic, which is no sign of speed
	defer func() { ticket.Release(done && err == nil) }()
	resp, err = handle(ctx, req)
	done = true
	return resp, err
}

// pushback is how long a refused caller is asked to wait, in milliseconds, by
// the header of gRFC A6.
const (
	pushbackHeader = "grpc-retry-pushback-ms"
	pushback       = "1000"
)

func refuse(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	_ = grpc.SetTrailer(ctx, metadata.Pairs(pushbackHeader, pushback)) // fails only where there is no call
	return status.Error(codes.Unavailable, "overloaded, try again in a second")
}

// stream is the duty around a call with streams. Of a method that is not
// served, the caller's name for it goes nowhere.
func (d *duty) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	name := info.FullMethod
	if srv == nil { // gRPC has no service for it: this is UnknownServiceHandler
		name = unknownMethod
	}
	ctx, c := d.begin(ss.Context(), name)
	defer func() { err = c.end(err, recover()) }()
	return handle(srv, &stream{ss, ctx})
}

// stream carries the span's context to the handler.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context with the call's span.
func (s *stream) Context() context.Context { return s.ctx }

// call is one that is being served.
type call struct {
	duty   *duty
	ctx    context.Context
	method *method
	span   trace.Span // nil when not sampled
	start  time.Time
}

func (d *duty) begin(ctx context.Context, name string) (context.Context, *call) {
	d.underWay.Add(1)
	d.methods.inFlight.Inc()
	c := &call{duty: d, method: d.methods.of(name), start: time.Now()}
	c.ctx, c.span = d.tracer.serve(ctx, name, d.Sampled)
	return c.ctx, c
}

// end tells of the call in metrics, trace and log, and returns what its caller
// may know of the error.
func (c *call) end(err error, panicked any) error {
	took := time.Since(c.start)
	if panicked != nil {
		err = panicError(panicked)
		c.duty.lines.write(c.ctx, slog.LevelError, "request.panicked", slog.String("method", c.method.name),
			slog.String("error", err.Error()), slog.String("stack", string(debug.Stack())))
	}
	answer := public(c.ctx, err)
	code := status.Code(answer)
	traceID := ""
	if c.span != nil {
		traceID = c.span.SpanContext().TraceID().String()
		endSpan(c.span, code, isFault(code))
	}
	c.method.observe(code, took, traceID)
	c.line(code, took, err, answer)
	c.duty.methods.inFlight.Dec()
	c.duty.underWay.Add(-1)
	return answer
}

// line is the access line. It never holds what a message or a header holds; an
// error's text stands there when its caller does not get to see it.
func (c *call) line(code codes.Code, took time.Duration, err, answer error) {
	level := slog.LevelInfo
	if isFault(code) {
		level = slog.LevelError
	}
	if !isFault(code) && c.duty.quiet[c.method.name] || !c.duty.Log.Enabled(c.ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 7)
	attrs = append(attrs,
		slog.String("method", c.method.name),
		slog.String("code", code.String()),
		millis("duration_ms", took),
		slog.String("remote", remote(c.ctx)))
	if isFault(code) && err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.duty.lines.write(c.ctx, level, "request.completed", attrs...)
}

// remote returns the address of the peer without its port, as kit/inbound does.
func remote(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok || p.Addr == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(p.Addr.String())
	if err != nil {
		return p.Addr.String()
	}
	return host
}
