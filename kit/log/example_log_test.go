package log_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/log"
)

// noTime leaves the timestamp out, which differs from run to run.
func noTime(time.Time) time.Time { return time.Time{} }

// A logger is an ordinary *slog.Logger. An event's name is constant; what
// differs from line to line goes into attributes.
func ExampleNew() {
	logger := log.New(os.Stdout, log.Options{Service: "orders", ReplaceTime: noTime})
	logger.Info("order.placed", "order", "A-1", "items", 3, "took", 1500*time.Microsecond)
	logger.Error("order.failed", "error", errors.New("out of stock"), slog.Group("item", "sku", "S-7", "left", 0))
	// Output:
	// {"level":"info","service":"orders","event":"order.placed","order":"A-1","items":3,"took":"1.5ms"}
	// {"level":"error","service":"orders","event":"order.failed","error":"out of stock","item":{"sku":"S-7","left":0}}
}

// Lines that get a context carry the ids of its span.
func ExampleNew_trace() {
	logger := log.New(os.Stdout, log.Options{Service: "orders", ReplaceTime: noTime})
	ctx := oteltrace.ContextWithSpanContext(context.Background(), oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
		TraceID: oteltrace.TraceID{0x4b, 0xf9, 15: 0x36}, SpanID: oteltrace.SpanID{0: 0xf0, 7: 0xb7},
	}))
	logger.InfoContext(ctx, "order.placed")
	// Output:
	// {"level":"info","service":"orders","trace_id":"4bf90000000000000000000000000036","span_id":"f0000000000000b7","event":"order.placed"}
}

// A level that is a slog.LevelVar can be turned while the process runs.
func ExampleNew_level() {
	var level slog.LevelVar
	logger := log.New(os.Stdout, log.Options{Service: "orders", Level: &level, ReplaceTime: noTime})
	logger.Debug("cache.missed")
	level.Set(slog.LevelDebug)
	logger.Debug("cache.missed")
	// Output:
	// {"level":"debug","service":"orders","event":"cache.missed"}
}

// token shows as its last digits wherever a line gets it.
type token string

func (t token) LogValue() slog.Value { return slog.StringValue("…" + string(t[len(t)-2:])) }

// A type decides by its LogValue method how it is logged; the types of package
// redact are never shown.
func ExampleNew_redaction() {
	logger := log.New(os.Stdout, log.Options{Service: "orders", ReplaceTime: noTime})
	logger.Info("token.issued", "token", token("s3cr3t-42"))
	// Output:
	// {"level":"info","service":"orders","event":"token.issued","token":"…42"}
}
