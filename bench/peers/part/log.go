package part

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
)

// slogLine is a line of eight attributes by the standard library's handler.
var slogLine = Part{
	Name: "log line of 8 attributes, slog's JSON handler",
	Build: func() (measure.Loop, error) {
		return lines(slog.New(slog.NewJSONHandler(io.Discard, nil))), nil
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
