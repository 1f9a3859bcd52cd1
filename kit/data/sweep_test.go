package data_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/golive-dev/golive/kit/data"
)

// ages is a store of things by when they were made.
type ages struct {
	mu      sync.Mutex
	made    []time.Time
	batches []int
	at      []time.Time
	fail    error
}

// grow adds things that are so old now.
func (a *ages) grow(n int, old time.Duration) {
	for range n {
		a.made = append(a.made, time.Now().Add(-old))
	}
}

func (a *ages) sweep(_ context.Context, before time.Time, limit int) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return 0, a.fail
	}
	removed := 0
	kept := a.made[:0:0]
	for _, made := range a.made {
		if made.Before(before) && removed < limit {
			removed++
			continue
		}
		kept = append(kept, made)
	}
	a.made = kept
	a.batches, a.at = append(a.batches, removed), append(a.at, time.Now())
	return int64(removed), nil
}

func rule(name string, keep time.Duration, a *ages) data.Rule {
	return data.Rule{Name: name, Keep: keep, Sweep: a.sweep}
}

func add(t *testing.T, s *data.Sweeper, rules ...data.Rule) {
	t.Helper()
	for _, r := range rules {
		if err := s.Add(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSweepRemovesWhatIsTooOldInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := new(ages)
		sessions.grow(2500, 31*24*time.Hour)
		sessions.grow(100, 29*24*time.Hour)
		s := data.NewSweeper(data.SweeperOptions{Log: quiet})
		add(t, s, rule("sessions", 30*24*time.Hour, sessions))
		if err := s.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(sessions.made) != 100 || len(sessions.batches) != 3 || sessions.batches[0] != 1000 || sessions.batches[2] != 500 {
			t.Errorf("%d left after batches of %v", len(sessions.made), sessions.batches)
		}
		for i := range 2 {
			if gap := sessions.at[i+1].Sub(sessions.at[i]); gap < 90*time.Millisecond || gap > 110*time.Millisecond {
				t.Errorf("%s between two batches, want 100ms, a tenth more or less", gap)
			}
		}
	})
}

func TestSweepOfExactlyABatchLooksOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := new(ages)
		sessions.grow(10, time.Hour)
		s := data.NewSweeper(data.SweeperOptions{Log: quiet, Batch: 10})
		add(t, s, rule("sessions", time.Minute, sessions))
		if err := s.Once(t.Context()); err != nil || len(sessions.batches) != 2 || len(sessions.made) != 0 {
			t.Errorf("%v, batches of %v", err, sessions.batches)
		}
	})
}

func TestSweepEndsThoughThereIsAlwaysMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		calls := 0
		s := data.NewSweeper(data.SweeperOptions{Log: slog.New(slog.NewTextHandler(&log, nil)), MaxBatches: 7})
		add(t, s, data.Rule{Name: "endless", Keep: time.Hour, Sweep: func(_ context.Context, _ time.Time, limit int) (int64, error) {
			calls++
			return int64(limit), nil
		}})
		if err := s.Once(t.Context()); err != nil || calls != 7 || !strings.Contains(log.String(), "data.sweep_unfinished") {
			t.Errorf("%v after %d batches:\n%s", err, calls, &log)
		}
	})
}

func TestRulesThatFailDoNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		registry := prometheus.NewPedanticRegistry()
		carts, sessions := &ages{fail: errors.New("connection refused")}, new(ages)
		sessions.grow(3, time.Hour)
		s := data.NewSweeper(data.SweeperOptions{Log: slog.New(slog.NewTextHandler(&log, nil)), Registerer: registry})
		add(t, s, rule("carts", time.Minute, carts),
			data.Rule{Name: "panics", Keep: time.Hour, Sweep: func(context.Context, time.Time, int) (int64, error) { panic("nil map") }},
			rule("sessions", time.Minute, sessions))
		err := s.Once(t.Context())
		if err == nil || !strings.Contains(err.Error(), "sweep carts: connection refused") || !strings.Contains(err.Error(), "nil map") || strings.Contains(err.Error(), "sessions") {
			t.Errorf("error %v", err)
		}
		if len(sessions.made) != 0 {
			t.Error("the rule after those that failed did not run")
		}
		const want = `
# HELP data_sweep_failures_total Rounds in which the rule failed.
# TYPE data_sweep_failures_total counter
data_sweep_failures_total{rule="carts"} 1
data_sweep_failures_total{rule="panics"} 1
data_sweep_failures_total{rule="sessions"} 0
# HELP data_sweep_last_success_timestamp_seconds When the rule last left nothing that is too old.
# TYPE data_sweep_last_success_timestamp_seconds gauge
data_sweep_last_success_timestamp_seconds{rule="sessions"} 9.466848e+08
# HELP data_sweep_removed_total What was removed because it was too old.
# TYPE data_sweep_removed_total counter
data_sweep_removed_total{rule="carts"} 0
data_sweep_removed_total{rule="panics"} 0
data_sweep_removed_total{rule="sessions"} 3
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		for _, event := range []string{"data.sweep_failed", "rule=carts", "data.swept", "rule=sessions removed=3"} {
			if !strings.Contains(log.String(), event) {
				t.Errorf("no %s in the log:\n%s", event, &log)
			}
		}
	})
}

func TestRunSweepsEverySoOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sessions := new(ages)
		s := data.NewSweeper(data.SweeperOptions{Log: quiet})
		add(t, s, rule("sessions", time.Minute, sessions))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		began := time.Now()
		running.Go(func() { s.Run(ctx, time.Hour) })
		time.Sleep(24 * time.Hour)
		cancel()
		running.Wait()
		if n := len(sessions.at); n < 22 || n > 27 {
			t.Errorf("%d rounds in a day, want one an hour", n)
		}
		if first := sessions.at[0].Sub(began); first > 6*time.Minute+time.Second {
			t.Errorf("the first round came after %s", first)
		}
		gaps := map[time.Duration]bool{}
		for i := range len(sessions.at) - 1 {
			gap := sessions.at[i+1].Sub(sessions.at[i])
			gaps[gap] = true
			if gap < 54*time.Minute || gap > 66*time.Minute+time.Second {
				t.Errorf("%s between two rounds", gap)
			}
		}
		if len(gaps) < 10 {
			t.Errorf("the rounds come in step: %v", gaps)
		}
	})
}

func TestSweepStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		s := data.NewSweeper(data.SweeperOptions{Log: quiet})
		add(t, s, data.Rule{Name: "endless", Keep: time.Hour, Sweep: func(_ context.Context, _ time.Time, limit int) (int64, error) {
			if calls++; calls == 3 {
				cancel()
			}
			return int64(limit), nil
		}})
		if err := s.Once(ctx); !errors.Is(err, context.Canceled) || calls != 3 {
			t.Errorf("%v after %d batches", err, calls)
		}
	})
}

func TestWrongRulesAreRefused(t *testing.T) {
	s := data.NewSweeper(data.SweeperOptions{})
	add(t, s, rule("sessions", time.Hour, new(ages)))
	for field, r := range map[string]data.Rule{
		"Name is empty": rule("", time.Hour, new(ages)),
		"Name is taken": rule("sessions", time.Hour, new(ages)),
		"Keep is 0s":    rule("carts", 0, new(ages)),
		"Keep is -1h":   rule("carts", -time.Hour, new(ages)),
		"Sweep is nil":  {Name: "carts", Keep: time.Hour},
	} {
		if err := s.Add(r); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("error %v, want one with %q", err, field)
		}
	}
}
