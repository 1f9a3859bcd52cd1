package part

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
	kitlog "github.com/golive-dev/golive/kit/log"
	"go.opentelemetry.io/otel/trace"
)

// slogLine is a line of eight attributes by the standard library's handler.
var slogLine = Part{
	Name: "log line of 8 attributes, slog's JSON handler",
	Build: func() (measure.Loop, error) {
		return lines(slog.New(slog.NewJSONHandler(io.Discard, nil))), nil
	},
}

// kitLine is the same call over kit's handler.
var kitLine = Part{
	Name: "log line of 8 attributes, kit/log over slog",
	Over: slogLine.Name,
	Aim:  "600 ns",
	Build: func() (measure.Loop, error) {
		return lines(kitlog.New(io.Discard, kitlog.Options{Service: "users"})), nil
	},
}

// kitBuilder is a line as kit/inbound writes it.
var kitBuilder = Part{
	Name: "log line of 8 fields, kit/log's builder",
	Over: slogLine.Name,
	Aim:  "250 ns",
	Build: func() (measure.Loop, error) {
		h := kitlog.NewHandler(io.Discard, kitlog.Options{Service: "users"})
		return func(n int) {
			for i := range n {
				h.Line(slog.LevelInfo, "order.placed", trace.SpanContext{}).
					Str("order", "0198c7c4-9f0e").Str("customer", "c-1207").Int("items", int64(i&7)).
					Int("cents", 129_900).Bool("gift", true).Float("weight_kg", 1.25).
					Dur("took_ms", 1250*time.Microsecond).Str("route", "/orders/{id}").Write()
			}
		}, nil
	},
}

func lines(l *slog.Logger) measure.Loop {
	ctx := context.Background()
	return func(n int) {
		for i := range n {
			l.LogAttrs(ctx, slog.LevelInfo, "order.placed",
				slog.String("order", "0198c7c4-9f0e"),
				slog.String("customer", "c-1207"),
				slog.Int("items", i&7),
				slog.Int64("cents", 129_900),
				slog.Bool("gift", true),
				slog.Float64("weight_kg", 1.25),
				slog.Duration("took", 1250*time.Microsecond),
				slog.String("route", "/orders/{id}"),
			)
		}
	}
}
