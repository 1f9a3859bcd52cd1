package shed_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/shed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fill acquires until it is refused, and returns the tickets.
func fill(l *shed.Limiter, p shed.Priority) []shed.Ticket {
	var tickets []shed.Ticket
	for {
		ticket, ok := l.Acquire(context.Background(), p)
		if !ok {
			return tickets
		}
		tickets = append(tickets, ticket)
	}
}

func TestEachPriorityFillsItsShare(t *testing.T) {
	l := shed.New(shed.Options{Limit: 10, Log: quiet})
	for _, c := range []struct {
		priority shed.Priority
		more     int // than were there before
	}{{shed.Sheddable, 5}, {shed.Normal, 3}, {shed.Critical, 2}, {shed.Normal, 0}, {shed.Critical, 0}} {
		if got := len(fill(l, c.priority)); got != c.more {
			t.Errorf("%s got %d places, want %d", c.priority, got, c.more)
		}
	}
	s := l.Stats()
	if s.InFlight != 10 || s.Refused != [3]uint64{shed.Normal: 2, shed.Critical: 2, shed.Sheddable: 1} {
		t.Errorf("stats %+v", s)
	}
}

func TestReleasedPlacesAreTakenAgain(t *testing.T) {
	l := shed.New(shed.Options{Limit: 4, Log: quiet})
	for range 3 {
		tickets := fill(l, shed.Critical)
		if len(tickets) != 4 {
			t.Fatalf("%d places, want 4", len(tickets))
		}
		for _, ticket := range tickets {
			ticket.Release(true)
		}
	}
	shed.Ticket{}.Release(true) // of a refusal, by mistake
	if n := l.Stats().InFlight; n != 0 {
		t.Errorf("%d in flight after all were released", n)
	}
}

func TestStrangeOptionsAreMended(t *testing.T) {
	for name, c := range map[string]struct {
		options shed.Options
		limit   int
	}{
		"zero":             {shed.Options{}, 256},
		"negative":         {shed.Options{Limit: -1, Queue: -1, Wait: -1, NormalShare: 7, SheddableShare: -1}, 256},
		"above the most":   {shed.Options{Adaptive: true, Limit: 5000}, 1000},
		"below the least":  {shed.Options{Adaptive: true, Limit: 3}, 16},
		"least above most": {shed.Options{Adaptive: true, Min: 50, Max: 20}, 50},
		"one":              {shed.Options{Limit: 1}, 1},
	} {
		c.options.Log = quiet
		l := shed.New(c.options)
		if got := l.Stats().Limit; got != c.limit {
			t.Errorf("%s: limit %d, want %d", name, got, c.limit)
		}
		for _, p := range []shed.Priority{shed.Normal, shed.Critical, shed.Sheddable, 77} {
			ticket, ok := l.Acquire(context.Background(), p)
			if !ok {
				t.Errorf("%s: %s was refused with nobody there", name, p)
			}
			ticket.Release(true)
		}
	}
}

func TestQueueServesTheImportantFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := shed.New(shed.Options{Limit: 1, NormalShare: 1, SheddableShare: 1, Queue: 3, Wait: time.Minute, Log: quiet})
		held, _ := l.Acquire(t.Context(), shed.Normal)
		var mu sync.Mutex
		var order []string
		for _, p := range []shed.Priority{shed.Sheddable, shed.Sheddable, shed.Normal, shed.Critical} {
			go func() {
				ticket, ok := l.Acquire(t.Context(), p)
				mu.Lock()
				order = append(order, map[bool]string{true: "", false: "no "}[ok]+p.String())
				mu.Unlock()
				ticket.Release(true)
			}()
			synctest.Wait()
		}
		if n := l.Stats().Waiting; n != 3 {
			t.Errorf("%d wait, want 3", n)
		}
		held.Release(true)
		synctest.Wait()
		if got := strings.Join(order, ", "); got != "no sheddable, critical, normal, sheddable" {
			t.Errorf("served in the order %s", got)
		}
	})
}

func TestWaitingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := shed.New(shed.Options{Limit: 1, Queue: 8, Log: quiet})
		held, _ := l.Acquire(t.Context(), shed.Critical)
		began := time.Now()
		if _, ok := l.Acquire(t.Context(), shed.Critical); ok || time.Since(began) != 100*time.Millisecond {
			t.Errorf("got a place: %v, after %s", ok, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, ok := l.Acquire(ctx, shed.Critical); ok || time.Since(began) != 101*time.Millisecond {
			t.Errorf("got a place: %v, after %s though ctx had ended", ok, time.Since(began))
		}
		held.Release(true)
		if s := l.Stats(); s.Waiting != 0 || s.InFlight != 0 {
			t.Errorf("left behind: %+v", s)
		}
	})
}

// TestNoPlaceIsLostOrDoubled hammers a small limiter whose waiters give up all
// the time: in the end every place must be there, and never one too many.
func TestNoPlaceIsLostOrDoubled(t *testing.T) {
	for name, o := range map[string]shed.Options{
		"fixed":    {Limit: 3, Queue: 4, Wait: 20 * time.Microsecond},
		"adaptive": {Adaptive: true, Min: 3, Max: 6, Limit: 4, Queue: 4, Wait: 20 * time.Microsecond},
	} {
		o.Log = quiet
		l := shed.New(o)
		var inside, most atomic.Int64
		var all sync.WaitGroup
		for g := range 16 {
			all.Go(func() {
				for range 2000 {
					ticket, ok := l.Acquire(context.Background(), shed.Priority(g%3))
					if !ok {
						continue
					}
					n := inside.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					inside.Add(-1)
					ticket.Release(g%2 == 0)
				}
			})
		}
		all.Wait()
		s := l.Stats()
		if s.InFlight != 0 || s.Waiting != 0 {
			t.Errorf("%s: left behind: %+v", name, s)
		}
		if most.Load() > 6 || o.Max == 0 && most.Load() > 3 {
			t.Errorf("%s: %d were inside at once", name, most.Load())
		}
	}
}

// TestFailuresDoNotLookFast has all requests fail at once in an overload of
// something else: the limit must not grow by that.
func TestFailuresDoNotLookFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := shed.New(shed.Options{Adaptive: true, Limit: 32, Target: 10 * time.Millisecond, Log: quiet})
		for range 100 {
			for _, ticket := range fill(l, shed.Critical) {
				time.Sleep(time.Millisecond)
				ticket.Release(false)
			}
		}
		// Each waited for those before it: 16 ms in the mean, above the target.
		if got := l.Stats().Limit; got > 32 {
			t.Errorf("the limit grew to %d though nothing succeeded", got)
		}
	})
}

func TestRefusalsAreCountedAndLoggedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		registry := prometheus.NewPedanticRegistry()
		l := shed.New(shed.Options{Limit: 2, Registerer: registry, Log: slog.New(slog.NewTextHandler(&log, nil))})
		time.Sleep(time.Second)
		fill(l, shed.Critical)
		for range 100 {
			l.Acquire(t.Context(), shed.Sheddable)
			time.Sleep(150 * time.Millisecond)
		}
		if n := strings.Count(log.String(), "shed.refusing"); n != 2 {
			t.Errorf("%d lines for refusals over 15 s, want 2:\n%s", n, &log)
		}
		const want = `
# HELP shed_in_flight Work in progress.
# TYPE shed_in_flight gauge
shed_in_flight 2
# HELP shed_limit How much work may be in progress at once.
# TYPE shed_limit gauge
shed_limit 2
# HELP shed_refused_total Work that was refused.
# TYPE shed_refused_total counter
shed_refused_total{priority="critical"} 1
shed_refused_total{priority="normal"} 0
shed_refused_total{priority="sheddable"} 100
# HELP shed_waiting Work that waits for a place.
# TYPE shed_waiting gauge
shed_waiting 0
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	})
}
