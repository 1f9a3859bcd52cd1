package rpc

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/kit/health"
	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/shed"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
)

// Options say how a server does its duty. The zero value is ready for use.
type Options struct {
	// Log takes the access lines; nil means [slog.Default].
	Log *slog.Logger

	// Registerer gets the golden signals; nil keeps them unregistered.
	Registerer prometheus.Registerer

	// Threshold is the latency of the service's objective: the histogram has
	// an edge exactly there. 0 is [metrics.DefaultThreshold], 500 ms.
	Threshold time.Duration

	// Tracer makes the spans of sampled calls; nil means
	// [otel.GetTracerProvider].
	Tracer trace.TracerProvider

	// Sampled decides for a call that brings no trace; that of kit/trace's
	// Provider does. nil records only what callers ask for.
	Sampled func(trace.SpanContext) bool

	// Timeout is the longest that a unary call may take. It shortens the
	// caller's deadline, and never lengthens it. 0 means 10 s, as kit/inbound
	// has: beyond that people have left. A stream has its caller's deadline only.
	Timeout time.Duration

	// MaxMessage is the largest message in bytes that is taken from a caller. 0
	// means 1 MiB, as kit/inbound has; gRPC itself takes 4 MiB.
	MaxMessage int

	// MaxStreams is how many calls one connection may have under way. 0 means
	// 250, as golang.org/x/net/http2 has; gRPC itself sets no limit.
	MaxStreams uint32

	// MaxAge is how long a connection lives before its client is asked to make
	// another, so that new replicas get their share. 0 means 30 minutes, which
	// gRPC spreads by 10 %. Calls under way go on.
	MaxAge time.Duration

	// Limiter refuses unary calls that there is no room for, with UNAVAILABLE
	// and a second's pushback. nil lets all in.
	Limiter *shed.Limiter

	// Priority is a method's, by its full name "/package.Service/Method"; nil
	// means Normal for all. The health service is never refused.
	Priority func(method string) shed.Priority

	// Health is served as grpc.health.v1.Health by NewServer; nil serves none.
	Health *health.Monitor

	// Quiet are full names of methods without an access line, beside those of
	// the health service.
	Quiet []string
}

// Defaults of Options.
const (
	DefaultTimeout    = 10 * time.Second
	DefaultMaxMessage = 1 << 20
	DefaultMaxStreams = 250
	DefaultMaxAge     = 30 * time.Minute
)

// withDefaults fills the zero fields, or names those that cannot be right.
func (o Options) withDefaults() (Options, error) {
	if err := errors.Join(
		notNegative("Timeout", o.Timeout), notNegative("MaxAge", o.MaxAge), notNegative("Threshold", o.Threshold),
		notNegative("MaxMessage", o.MaxMessage),
	); err != nil {
		return o, fmt.Errorf("rpc: options of the server: %w", err)
	}
	orDefault(&o.Timeout, DefaultTimeout)
	orDefault(&o.MaxMessage, DefaultMaxMessage)
	orDefault(&o.MaxStreams, DefaultMaxStreams)
	orDefault(&o.MaxAge, DefaultMaxAge)
	orDefault(&o.Threshold, metrics.DefaultThreshold)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Tracer == nil {
		o.Tracer = otel.GetTracerProvider()
	}
	if o.Priority == nil {
		o.Priority = func(string) shed.Priority { return shed.Normal }
	}
	return o, nil
}

func notNegative[T ~int | ~int64](field string, v T) error {
	if v < 0 {
		return fmt.Errorf("%s must not be negative", field)
	}
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
