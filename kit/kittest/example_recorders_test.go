package kittest_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/kittest"
)

// place is code under test: it traces, counts and logs.
func place(tracer trace.TracerProvider, log *slog.Logger, placed prometheus.Counter) {
	_, span := tracer.Tracer("orders").Start(context.Background(), "place order")
	defer span.End()
	placed.Inc()
	log.Info("order.placed", "id", 7, "card", "[secret]")
}

func TestExampleRecorders(t *testing.T) {
	registry := prometheus.NewRegistry()
	placed := prometheus.NewCounter(prometheus.CounterOpts{Name: "orders_placed_total"})
	registry.MustRegister(placed)
	tracer, spans := kittest.Spans(t)
	logs := kittest.NewLogs(t)
	grown := kittest.Metrics(t, registry).Delta("orders_placed_total")

	place(tracer, logs.Logger, placed)

	logs.MustHave("order.placed", "id", 7)
	logs.Never("4111-1111")
	if grown() != 1 {
		t.Errorf("counted %v orders", grown())
	}
	if tree := spans.Tree(); tree != "place order\n" {
		t.Errorf("spans:\n%s", tree)
	}
}
