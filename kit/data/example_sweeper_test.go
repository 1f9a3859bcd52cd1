package data_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/kit/data"
)

// Sessions are kept for a month.
func ExampleSweeper() {
	old := int64(1300)
	sweeper := data.NewSweeper(data.SweeperOptions{Log: slog.New(slog.DiscardHandler)})
	err := sweeper.Add(data.Rule{
		Name: "sessions",
		Keep: 30 * 24 * time.Hour,
		Sweep: func(ctx context.Context, before time.Time, limit int) (int64, error) {
			// delete from sessions where id in (select id from sessions where
			// used < $1 limit $2 for update skip locked)
			n := min(old, int64(limit))
			old -= n
			fmt.Println("removed", n)
			return n, nil
		},
	})
	if err != nil {
		fmt.Println(err)
	}
	if err := sweeper.Once(context.Background()); err != nil { // a service calls Run
		fmt.Println(err)
	}
	// Output:
	// removed 1000
	// removed 300
}
