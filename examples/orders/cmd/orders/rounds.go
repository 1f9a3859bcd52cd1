package main

import (
	"context"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/examples/orders/internal/store"
	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/data"
)

// stuck is how long a round may take before the process is no longer live:
// several times the longest.
const stuck = 15 * time.Minute

// addRounds adds what is done again and again beside requests. Each replica
// does it; none of it does harm twice.
func addRounds(s *kit.Service, desk *order.Desk, orders *store.Store, keep time.Duration) error {
	sweeper := data.NewSweeper(data.SweeperOptions{Log: s.Log, Registerer: s.Metrics})
	for _, rule := range orders.Rules(keep) {
		if err := sweeper.Add(rule); err != nil {
			return err
		}
	}
	s.Go("retention", stuck, every(10*time.Minute, sweeper.Once))
	s.Go("settlement", stuck, every(time.Minute, func(ctx context.Context) error {
		err := desk.SettlePending(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "settlement.failed", "error", err)
		}
		return err
	}))
	return nil
}

// every does a round at intervals, the first after one. A round that fails
// has been logged, and the next one goes on.
func every(pause time.Duration, round func(context.Context) error) func(context.Context, func()) error {
	return func(ctx context.Context, beat func()) error {
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for {
			beat()
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
				_ = round(ctx)
			}
		}
	}
}
