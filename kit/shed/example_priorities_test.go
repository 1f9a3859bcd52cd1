package shed_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/golive-dev/golive/kit/shed"
)

// A limit of ten, of which sheddable work may fill half.
func Example_priorities() {
	limiter := shed.New(shed.Options{Limit: 10, Log: slog.New(slog.DiscardHandler)})
	ctx := context.Background()

	for i := range 6 {
		if _, ok := limiter.Acquire(ctx, shed.Sheddable); !ok {
			fmt.Println("report", i+1, "is refused")
		}
	}
	payment, ok := limiter.Acquire(ctx, shed.Critical)
	fmt.Println("payment is let in:", ok)
	payment.Release(true)
	// Output:
	// report 6 is refused
	// payment is let in: true
}
