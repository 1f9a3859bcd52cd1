package log

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// logEight logs what an access line holds.
func logEight(ctx context.Context, l *slog.Logger) {
	l.LogAttrs(ctx, slog.LevelInfo, "request.completed",
		slog.String("method", "GET"), slog.String("route", "/orders/{id}"), slog.Int("status", 200),
		slog.Float64("duration_ms", 1.25), slog.Int64("bytes_in", 0), slog.Int64("bytes_out", 512),
		slog.String("remote", "127.0.0.1"), slog.Bool("sampled", true))
}

func BenchmarkLogAttrs(b *testing.B) {
	ctx := trace.ContextWithSpanContext(context.Background(), spanContext())
	for name, l := range map[string]*slog.Logger{
		"kit":      New(io.Discard, Options{Service: "orders"}),
		"standard": slog.New(slog.NewJSONHandler(io.Discard, nil)).With("service", "orders"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				logEight(ctx, l)
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

// BenchmarkLineAt leaves out the clock, which on some machines takes 50 ns.
func BenchmarkLineAt(b *testing.B) {
	h := NewHandler(io.Discard, Options{Service: "orders"})
	sc, now := spanContext(), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		fillEight(h.LineAt(now, slog.LevelInfo, "request.completed", sc))
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
	b.ReportMetric(float64(w.Dropped())/float64(b.N), "dropped/line")
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
		us += spent(turn, func() { logEight(ctx, ours) })
		them += spent(turn, func() { logEight(ctx, theirs) })
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
