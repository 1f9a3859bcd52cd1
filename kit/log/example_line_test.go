package log_test

import (
	"log/slog"
	"os"
	"time"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/log"
)

// Code that logs at each request builds its line without an allocation.
func ExampleHandler_Line() {
	logger := log.New(os.Stdout, log.Options{Service: "orders", ReplaceTime: noTime})
	handler, ok := log.FromLogger(logger)
	if !ok {
		return // a logger of another make: use its own methods
	}
	handler.Line(slog.LevelInfo, "request.completed", oteltrace.SpanContext{}).
		Str("route", "GET /orders/{id}").
		Int("status", 200).
		Dur("duration_ms", 1250*time.Microsecond).
		Write()
	// Output:
	// {"level":"info","service":"orders","event":"request.completed","route":"GET /orders/{id}","status":200,"duration_ms":1.25}
}
