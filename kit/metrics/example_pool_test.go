package metrics_test

import (
	"database/sql"
	"fmt"

	"github.com/golive-dev/golive/kit/metrics"
)

func ExampleNewPool() {
	db := new(sql.DB) // sql.Open(…)
	err := metrics.NewPool(metrics.NewRegistry(), "orders", func() metrics.PoolStats {
		s := db.Stats()
		return metrics.PoolStats{
			Open: s.OpenConnections, InUse: s.InUse, Max: s.MaxOpenConnections,
			Waits: s.WaitCount, Waited: s.WaitDuration,
		}
	})
	fmt.Println(err)
	// Output: <nil>
}
