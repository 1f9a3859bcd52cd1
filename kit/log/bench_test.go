package log

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func BenchmarkLogAttrs(b *testing.B) {
	ctx := trace.ContextWithSpanContext(context.Background(), spanContext())
	for name, l := range map[string]*slog.Logger{
		"kit":      New(io.Discard, Options{Service: "orders"}),
		"standard": slog.New(slog.NewJSONHandler(io.Discard, nil)).With("service", "orders"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.LogAttrs(ctx, slog.LevelInfo, "request.completed", eight()...)
			}
		})
	}
}

func BenchmarkLine(b *testing.B) {
	h := NewHandler(io.Discard, Options{Service: "orders"})
	sc := spanContext()
	b.ReportAllocs()
	for b.Loop() {
		writeEight(h, sc)
	}
}

func BenchmarkLineBuffered(b *testing.B) {
	w := Buffer(io.Discard, 0)
	defer w.Close()
	h := NewHandler(w, Options{Service: "orders"})
	sc := spanContext()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			writeEight(h, sc)
		}
	})
}

// BenchmarkAgainstTheStandardLibrary prints how many of its lines, which have
// no trace ids, one of ours costs: both in one run, in turns.
func BenchmarkAgainstTheStandardLibrary(b *testing.B) {
	ctx := trace.ContextWithSpanContext(context.Background(), spanContext())
	ours := New(io.Discard, Options{Service: "orders"})
	theirs := slog.New(slog.NewJSONHandler(io.Discard, nil)).With("service", "orders")
	const turn = 1000
	var us, them float64
	for b.Loop() {
		us += spent(turn, func() { ours.LogAttrs(ctx, slog.LevelInfo, "request.completed", eight()...) })
		them += spent(turn, func() { theirs.LogAttrs(ctx, slog.LevelInfo, "request.completed", eight()...) })
	}
	b.ReportMetric(us/float64(b.N*turn), "ns/line")
	b.ReportMetric(them/float64(b.N*turn), "ns/standard-line")
	b.ReportMetric(us/them, "ratio")
}

func spent(times int, do func()) float64 {
	began := time.Now()
	for range times {
		do()
	}
	return float64(time.Since(began))
}
