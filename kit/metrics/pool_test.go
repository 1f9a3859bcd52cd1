package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/metrics"
)

func TestPoolTellsItsStateWithEachScrape(t *testing.T) {
	r := prometheus.NewRegistry()
	state := metrics.PoolStats{Open: 7, InUse: 3, Max: 10, Waits: 5, Waited: 1500 * ms}
	if err := metrics.NewPool(r, "db", func() metrics.PoolStats { return state }); err != nil {
		t.Fatal(err)
	}
	if err := metrics.NewPool(r, "replica", func() metrics.PoolStats { return metrics.PoolStats{} }); err != nil {
		t.Fatalf("a second pool: %v", err)
	}
	expect := func(want map[string]float64) {
		t.Helper()
		for family, value := range want {
			m := one(t, r, family, "pool=db")
			if got := m.GetGauge().GetValue() + m.GetCounter().GetValue(); got != value {
				t.Errorf("%s is %v, want %v", family, got, value)
			}
		}
	}
	expect(map[string]float64{
		"pool_connections_open": 7, "pool_connections_in_use": 3, "pool_connections_max": 10,
		"pool_waits_total": 5, "pool_wait_seconds_total": 1.5,
	})
	state.InUse, state.Waited = 10, time.Minute
	expect(map[string]float64{"pool_connections_in_use": 10, "pool_wait_seconds_total": 60})
}

func TestPoolThatCannotBeIsRefused(t *testing.T) {
	r := prometheus.NewRegistry()
	none := func() metrics.PoolStats { return metrics.PoolStats{} }
	for what, err := range map[string]error{
		"name":     metrics.NewPool(r, "", none),
		"function": metrics.NewPool(r, "db", nil),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := metrics.NewPool(r, "db", none); err != nil {
		t.Fatal(err)
	}
	if err := metrics.NewPool(r, "db", none); err == nil || !strings.Contains(err.Error(), "db") {
		t.Errorf("twice the same pool: %v", err)
	}
	if err := metrics.NewPool(nil, "db", none); err != nil {
		t.Error(err)
	}
}
