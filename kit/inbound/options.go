package inbound

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/shed"
)

// Defaults of [Options].
const (
	// DefaultTimeout is how long a request may take, 10 s: what a person
	// waits before giving up (Nielsen's third limit of response times).
	DefaultTimeout = 10 * time.Second

	// DefaultMaxBody is how large a request's body may be, 1 MiB, as in
	// nginx' client_max_body_size.
	DefaultMaxBody = 1 << 20
)

// Options are the options of [New]. The zero value serves.
type Options struct {
	// Log gets one line per request. nil is [slog.Default]. Lines are
	// cheapest with the handler of kit/log; any handler will do.
	Log *slog.Logger

	// Metrics measure the requests. nil measures for nobody: make one with
	// [metrics.NewServer] and share it among the routers of a process.
	Metrics *metrics.Server

	// Tracer makes the spans of sampled requests. nil is OpenTelemetry's
	// global provider.
	Tracer trace.TracerProvider

	// Sampled decides whether a request gets a span, by the caller's span
	// context, which is not valid where there is none. What it takes the
	// Tracer must take too: kit/trace's Provider does, and has this method.
	// nil follows the caller's flag, and asks the Tracer about requests
	// that come without one. See [Ratio].
	Sampled func(parent trace.SpanContext) bool

	// Timeout is how long requests may take, unless their route says
	// otherwise. 0 is [DefaultTimeout].
	Timeout time.Duration

	// MaxBody is how many bytes the bodies of requests may have, unless
	// their route says otherwise. 0 is [DefaultMaxBody].
	MaxBody int64

	// Limiter bounds how many requests are served at once. nil lets all in.
	Limiter *shed.Limiter

	// Rate bounds how often each caller may ask, over all routes. The zero
	// value lets all in.
	Rate Rate
}

// check fills in the defaults, or says what is wrong.
func (o *Options) check() error {
	switch {
	case o.Timeout < 0:
		return errors.New("inbound: Timeout must not be negative; 0 is 10s, and the route option Timeout(0) lifts it")
	case o.MaxBody < 0:
		return errors.New("inbound: MaxBody must not be negative; 0 is 1 MiB")
	}
	if err := o.Rate.check(); err != nil {
		return err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Tracer == nil {
		o.Tracer = otel.GetTracerProvider()
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Metrics == nil {
		unseen, err := metrics.NewServer(nil, metrics.ServerOptions{})
		if err != nil {
			return fmt.Errorf("inbound: %w", err)
		}
		o.Metrics = unseen
	}
	return nil
}

// Ratio is a value for [Options.Sampled] that follows the caller's flag and
// samples this share, 0 to 1, of the requests that come without a trace.
func Ratio(share float64) func(parent trace.SpanContext) bool {
	return func(parent trace.SpanContext) bool {
		if parent.IsValid() {
			return parent.IsSampled()
		}
		return rand.Float64() < share
	}
}
