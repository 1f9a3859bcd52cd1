package shed_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/shed"
)

var quiet = slog.New(slog.DiscardHandler)

// A law says how long one piece of work takes while n are at the server.
type law struct {
	workers int
	took    func(r *rand.Rand, n int) time.Duration
}

// exponential is a server with so many workers and no ill effect of a crowd
// but the waiting: its capacity is workers/mean.
func exponential(workers int, mean time.Duration) law {
	return law{workers, func(r *rand.Rand, _ int) time.Duration { return time.Duration(r.ExpFloat64() * float64(mean)) }}
}

// thrashing gets slower with everyone in it, as a service does that runs out of
// memory or fights over a lock: with a big crowd, hardly anything gets done.
func thrashing(workers int, mean time.Duration) law {
	return law{workers, func(_ *rand.Rand, n int) time.Duration {
		crowd := max(0, float64(n)/float64(workers)-2)
		return time.Duration(float64(mean) * (1 + crowd/4))
	}}
}

// server obeys a law.
type server struct {
	law     law
	desks   chan struct{}
	present atomic.Int64
	mu      sync.Mutex
	rand    *rand.Rand
}

func newServer(l law) *server {
	return &server{law: l, desks: make(chan struct{}, l.workers), rand: rand.New(rand.NewPCG(1, 2))}
}

func (s *server) serve() {
	s.present.Add(1)
	defer s.present.Add(-1)
	s.desks <- struct{}{}
	s.mu.Lock()
	took := s.law.took(s.rand, int(s.present.Load()))
	s.mu.Unlock()
	time.Sleep(took)
	<-s.desks
}

// A day is load on a limited server, and what came of it.
type day struct {
	limiter *shed.Limiter // nil: none
	server  *server
	slo     time.Duration // answers that take longer are worth nothing
	rand    *rand.Rand

	mu    sync.Mutex
	count map[shed.Priority]*tally
}

type tally struct{ sent, good, late, refused int }

func newDay(l *shed.Limiter, s law) *day {
	return &day{limiter: l, server: newServer(s), slo: time.Second, rand: rand.New(rand.NewPCG(3, 4))}
}

// run sends requests at random moments, open loop, and returns the counts of
// those sent in this time. The mix repeats over them.
func (d *day) run(perSecond float64, lasting time.Duration, mix ...shed.Priority) map[shed.Priority]*tally {
	d.count = map[shed.Priority]*tally{shed.Normal: {}, shed.Critical: {}, shed.Sheddable: {}}
	var sent sync.WaitGroup
	end := time.Now().Add(lasting)
	for i := 0; ; i++ {
		time.Sleep(time.Duration(d.rand.ExpFloat64() / perSecond * float64(time.Second)))
		if time.Now().After(end) {
			break
		}
		p := shed.Normal
		if len(mix) > 0 {
			p = mix[i%len(mix)]
		}
		sent.Go(func() { d.request(p) })
	}
	sent.Wait()
	return d.count
}

func (d *day) request(p shed.Priority) {
	began := time.Now()
	ok := true
	if d.limiter != nil {
		var ticket shed.Ticket
		ticket, ok = d.limiter.Acquire(context.Background(), p)
		defer ticket.Release(true)
	}
	if ok {
		d.server.serve()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.count[p]
	t.sent++
	switch {
	case !ok:
		t.refused++
	case time.Since(began) > d.slo:
		t.late++
	default:
		t.good++
	}
}

func rate(n int, over time.Duration) float64 { return float64(n) / over.Seconds() }

func TestOverloadCollapsesWithoutALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := newDay(nil, thrashing(16, 20*time.Millisecond)).run(2400, 10*time.Second)
		if good := rate(got[shed.Normal].good, 10*time.Second); good > 200 {
			t.Errorf("%.0f/s of a capacity of 800/s were good at three times the load; the simulation cannot collapse, so it shows nothing", good)
		}
	})
}

func TestGoodputStaysAtThreeTimesTheLoad(t *testing.T) {
	for name, o := range map[string]shed.Options{
		"fixed":    {Limit: 32},
		"queue":    {Limit: 32, Queue: 16},
		"adaptive": {Adaptive: true},
		"target":   {Adaptive: true, Target: 40 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.Log = quiet
				d := newDay(shed.New(o), thrashing(16, 20*time.Millisecond))
				d.run(2400, 5*time.Second) // until it knows the server
				got := d.run(2400, 30*time.Second)[shed.Normal]
				t.Logf("%+v %+v", *got, d.limiter.Stats())
				if good := rate(got.good, 30*time.Second); good < 0.85*800 {
					t.Errorf("%.0f/s good of a capacity of 800/s", good)
				}
				if got.late > got.good/100 {
					t.Errorf("%d late answers beside %d good ones", got.late, got.good)
				}
			})
		})
	}
}

// watch returns the limits of every 100 ms while work lasts, in order.
func watch(l *shed.Limiter, work func()) []int {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	var limits []int
	for {
		select {
		case <-done:
			slices.Sort(limits)
			return limits
		case <-time.After(100 * time.Millisecond):
			limits = append(limits, l.Stats().Limit)
		}
	}
}

func TestAdaptiveLimitFindsTheServer(t *testing.T) {
	for _, workers := range []int{16, 64, 200} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				capacity := float64(workers) / 0.05
				d := newDay(shed.New(shed.Options{Adaptive: true, Log: quiet}), exponential(workers, 50*time.Millisecond))
				d.run(3*capacity, 5*time.Second)
				var got *tally
				limits := watch(d.limiter, func() { got = d.run(3*capacity, 60*time.Second)[shed.Normal] })
				p10, p50, p90 := limits[len(limits)/10], limits[len(limits)/2], limits[len(limits)*9/10]
				t.Logf("limit %d, %d, %d (10, 50, 90 %%), %+v", p10, p50, p90, *got)
				// Of the limit normal work gets 0.8; 1.5 times the workers and √limit are wanted.
				if p10 < workers || p50 > 3*workers || p90 > 4*workers {
					t.Errorf("the limit was %d to %d with %d workers", p10, p90, workers)
				}
				if good := rate(got.good, 60*time.Second); good < 0.95*capacity {
					t.Errorf("%.0f/s good of a capacity of %.0f/s", good, capacity)
				}
			})
		})
	}
}

func TestHalfLoadIsNotShed(t *testing.T) {
	for _, workers := range []int{2, 16, 64, 200} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				capacity := float64(workers) / 0.05
				d := newDay(shed.New(shed.Options{Adaptive: true, Log: quiet}), exponential(workers, 50*time.Millisecond))
				fresh := d.run(capacity/2, 30*time.Second)[shed.Normal]
				d.run(3*capacity, 30*time.Second)
				d.run(capacity/2, 2*time.Second) // the rest of the crowd goes home
				after := d.run(capacity/2, 30*time.Second)[shed.Normal]
				t.Logf("%d workers: fresh %+v after %+v limit %d", workers, *fresh, *after, d.limiter.Stats().Limit)
				if fresh.refused > 0 || after.refused*300 > after.sent {
					t.Errorf("%d of %d refused at half load, %d of %d after an overload", fresh.refused, fresh.sent, after.refused, after.sent)
				}
			})
		})
	}
}

// TestSlowDependencyIsNoOverload has work take eight times as long at the same
// load, because of something behind the service. Letting in less would not
// make it faster.
func TestSlowDependencyIsNoOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mean atomic.Int64
		mean.Store(int64(50 * time.Millisecond))
		roomy := law{10_000, func(r *rand.Rand, _ int) time.Duration {
			return time.Duration(float64(mean.Load()) * (0.5 + r.Float64()))
		}}
		d := newDay(shed.New(shed.Options{Adaptive: true, Limit: 64, Log: quiet}), roomy)
		d.run(400, 20*time.Second)
		mean.Store(int64(400 * time.Millisecond))
		first := d.run(400, 20*time.Second)[shed.Normal]
		then := d.run(400, 60*time.Second)[shed.Normal]
		t.Logf("%+v, then %+v, limit %d", *first, *then, d.limiter.Stats().Limit)
		if then.refused > 0 {
			t.Errorf("%d of %d refused though the service had room", then.refused, then.sent)
		}
	})
}

// TestBurstsDoNotTeachACrowd sends a second of overload and a second of
// nothing by turns: what is seen while the crowd goes home must not be taken for
// how long work takes alone.
func TestBurstsDoNotTeachACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDay(shed.New(shed.Options{Adaptive: true, Log: quiet}), thrashing(16, 20*time.Millisecond))
		good, late := 0, 0
		for i := range 60 {
			got := d.run(2400, time.Second)[shed.Normal]
			time.Sleep(time.Second)
			if i >= 5 {
				good, late = good+got.good, late+got.late
			}
		}
		t.Logf("%d good, %d late, limit %d", good, late, d.limiter.Stats().Limit)
		if good < 55*800*8/10 || late > good/50 {
			t.Errorf("%d good and %d late in 55 bursts of a second; capacity is 800/s", good, late)
		}
	})
}

func TestPrioritiesHold(t *testing.T) {
	for name, o := range map[string]shed.Options{"fixed": {Limit: 32}, "queue": {Limit: 32, Queue: 16}, "adaptive": {Adaptive: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.Log = quiet
				d := newDay(shed.New(o), thrashing(16, 20*time.Millisecond))
				mix := []shed.Priority{shed.Critical, shed.Normal, shed.Normal, shed.Sheddable, shed.Sheddable, shed.Sheddable}
				d.run(2400, 5*time.Second, mix...)
				got := d.run(2400, 30*time.Second, mix...)
				critical, normal, sheddable := got[shed.Critical], got[shed.Normal], got[shed.Sheddable]
				t.Logf("critical %+v normal %+v sheddable %+v", *critical, *normal, *sheddable)
				if critical.good*100 < critical.sent*95 {
					t.Errorf("critical: only %d of %d were good at half the capacity", critical.good, critical.sent)
				}
				if share(normal) < 2*share(sheddable) {
					t.Errorf("normal %.2f, sheddable %.2f: want the sheddable to give way", share(normal), share(sheddable))
				}
			})
		})
	}
}

func share(t *tally) float64 { return float64(t.good) / float64(t.sent) }
