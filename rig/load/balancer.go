package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// BalancerOptions say how a [Balancer] decides.
type BalancerOptions struct {
	URL      string                               // of the readiness endpoint
	Period   time.Duration                        // 0: 300 ms
	Failures int                                  // failed probes in a row that make it unready; 0: 1
	On       func(at time.Time, p evidence.Probe) // hears each probe; may be nil
}

// Balancer routes by readiness, as a platform does: it asks the endpoint every
// period and believes the last answers. It begins as not ready and becomes
// ready with the first status from 200 to 299.
type Balancer struct {
	prober *Prober
	ready  atomic.Bool

	mu      sync.Mutex
	changed chan struct{} // closed and renewed at each change
	changes []Change
}

// Change is a moment at which a [Balancer] changed its mind.
type Change struct {
	At    time.Time
	Ready bool
}

// StartBalancer begins to ask at once.
func StartBalancer(ctx context.Context, o BalancerOptions) *Balancer {
	if o.Period <= 0 {
		o.Period = 300 * time.Millisecond
	}
	b := &Balancer{changed: make(chan struct{})}
	failed := 0
	b.prober = StartProber(ctx, ProberOptions{Endpoint: "ready", URL: o.URL, Period: o.Period,
		On: func(at time.Time, p evidence.Probe) {
			if failed++; p.Status >= 200 && p.Status < 300 {
				failed = 0
			}
			if failed == 0 || failed >= o.Failures {
				b.set(at.Add(p.Took.D()), failed == 0)
			}
			if o.On != nil {
				o.On(at, p)
			}
		}})
	return b
}

func (b *Balancer) set(at time.Time, ready bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ready.Swap(ready) == ready {
		return
	}
	b.changes = append(b.changes, Change{at, ready})
	close(b.changed)
	b.changed = make(chan struct{})
}

// Ready reports whether requests are routed to the instance.
func (b *Balancer) Ready() bool { return b.ready.Load() }

// Changes returns when the balancer changed its mind, in order.
func (b *Balancer) Changes() []Change {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Change(nil), b.changes...)
}

// Await waits until Ready returns ready; its error is ctx's.
func (b *Balancer) Await(ctx context.Context, ready bool) error {
	for {
		b.mu.Lock()
		changed := b.changed
		b.mu.Unlock()
		if b.Ready() == ready {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

// Stop ends the asking; the balancer keeps its last opinion.
func (b *Balancer) Stop() { b.prober.Stop() }
