// Package dependency bounds every call that the service makes: in time, in
// attempts, and with a line and a metric for each, so that no caller can
// forget one of them.
package dependency

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

// Dependency is something that the service calls.
type Dependency struct {
	Name     string
	Address  string        // host:port, as errors tell it
	Timeout  time.Duration // of one attempt, from the dial to the last byte of the answer
	Attempts int           // the first included; more than one only where repeating is harmless

	Log   *slog.Logger
	Calls *prometheus.HistogramVec // from [Durations]
}

// Error says that a dependency did not do what it was asked.
type Error struct {
	Dependency string
	Err        error // of the last attempt
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("calling %s: %v", e.Dependency, e.Err) }

// Unwrap returns the last attempt's error.
func (e *Error) Unwrap() error { return e.Err }

// Durations returns the histogram of all attempts by dependency and outcome,
// which is ok or failed. Its upper edges are the timeouts in use.
func Durations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "dependency_call_duration_seconds",
		Help:    "Time that attempts to call a dependency took.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, .8, 1},
	}, []string{"dependency", "outcome"})
}

// Call runs f until it succeeds, at most d.Attempts times, and returns an
// [*Error] if it never does. The context of each attempt ends after
// d.Timeout and carries a span of its own. A failure of the caller's own
// context is not repeated.
func (d *Dependency) Call(ctx context.Context, operation string, f func(context.Context) error) error {
	var err error
	for attempt := 1; attempt <= d.Attempts; attempt++ {
		if attempt > 1 && !pause(ctx, backOff(attempt-1)) {
			break
		}
		if err = d.attempt(ctx, operation, attempt, f); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return &Error{d.Name, err}
}

// Check runs f once, as readiness does several times a second: within the
// timeout, in a trace of its own, and without a line or a sample.
func (d *Dependency) Check(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(trace.With(ctx, trace.New()), d.Timeout)
	defer cancel()
	return f(ctx)
}

func (d *Dependency) attempt(ctx context.Context, operation string, n int, f func(context.Context) error) error {
	within, cancel := context.WithTimeout(inChildSpan(ctx), d.Timeout)
	defer cancel()
	began := time.Now()
	err := f(within)
	took := time.Since(began)
	d.Calls.WithLabelValues(d.Name, outcome(err)).Observe(took.Seconds())
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("dependency", d.Name), slog.String("operation", operation), slog.String("address", d.Address),
		slog.String("outcome", outcome(err)), slog.String("attempt", fmt.Sprintf("%d/%d", n, d.Attempts)),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.String("timeout", d.Timeout.String()),
	}
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", reason(err)))
	}
	d.Log.LogAttrs(within, level, "dependency.called", attrs...)
	return err
}

func inChildSpan(ctx context.Context) context.Context {
	if span, ok := trace.From(ctx); ok {
		return trace.With(ctx, span.Child())
	}
	return trace.With(ctx, trace.New())
}

func outcome(err error) string {
	if err != nil {
		return "failed"
	}
	return "ok"
}

func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	return err.Error()
}

// backOff returns how long to wait after the nth failed attempt: 50 ms,
// doubled each time, and up to half of it more or less, so that callers who
// failed together do not come back together.
func backOff(n int) time.Duration {
	base := 50 * time.Millisecond << (n - 1)
	return base/2 + rand.N(base)
}

// pause reports whether ctx outlived d.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
