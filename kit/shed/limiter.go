package shed

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// Priority says how much of the limit work may use. The zero value is Normal.
type Priority uint8

// The priorities. Under overload the sheddable is refused first, the critical
// last.
const (
	Normal    Priority = iota // most requests
	Critical                  // what must go on: payments, what other services' readiness needs
	Sheddable                 // what nobody misses for a minute: prefetches, reports, batch work
	priorities
)

// String returns the name that metrics use.
func (p Priority) String() string {
	return [...]string{"normal", "critical", "sheddable", "normal"}[min(p, priorities)]
}

// A Limiter lets a bounded amount of work in. It is safe for use by many
// goroutines.
type Limiter struct {
	options Options
	epoch   time.Time // clocks are read as the time since then, which is cheap
	shares  [priorities]float64

	limit    atomic.Int64
	allowed  [priorities]atomic.Int64 // in flight, by priority
	inFlight atomic.Int64
	refused  [priorities]atomic.Uint64
	queue    queue
	adapt    *adapter     // nil if the limit is fixed
	told     atomic.Int64 // when refusals were last logged
}

// New returns a limiter. It panics, as registrations do, if the metrics are in
// the Registerer already; several limiters of one process need one each, made
// with [prometheus.WrapRegistererWith].
func New(o Options) *Limiter {
	o = o.withDefaults()
	l := &Limiter{options: o, epoch: time.Now()}
	l.shares = [priorities]float64{Normal: o.NormalShare, Critical: 1, Sheddable: o.SheddableShare}
	l.setLimit(o.Limit)
	if o.Adaptive {
		l.adapt = newAdapter(l)
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(collector{l})
	}
	return l
}

func (l *Limiter) setLimit(n int) {
	l.limit.Store(int64(n))
	for p := range priorities {
		l.allowed[p].Store(portion(n, l.shares[p]))
	}
	if l.queue.waiting.Load() > 0 {
		l.admit()
	}
}

// portion rounds up, so that no priority is shut out by a small limit.
func portion(n int, share float64) int64 { return int64(math.Ceil(float64(n) * share)) }

// Acquire asks for a place, and waits for one only if there is a queue. It
// returns false if the work is to be refused, or ctx ended; then the ticket
// need not be released.
func (l *Limiter) Acquire(ctx context.Context, p Priority) (Ticket, bool) {
	if p >= priorities {
		p = Normal
	}
	if l.queue.waiting.Load() == 0 && l.take(p) || l.wait(ctx, p) {
		return l.ticket(), true
	}
	l.refuse(p)
	return Ticket{}, false
}

// take takes a place if one is free for the priority.
func (l *Limiter) take(p Priority) bool {
	for {
		n := l.inFlight.Load()
		if n >= l.allowed[p].Load() {
			return false
		}
		if l.inFlight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (l *Limiter) ticket() Ticket {
	t := Ticket{limiter: l}
	if l.adapt != nil {
		t.began = l.now()
	}
	return t
}

func (l *Limiter) now() time.Duration { return time.Since(l.epoch) }

// A Ticket is a place in a [Limiter]. It is a value, so that taking one costs no
// allocation.
type Ticket struct {
	limiter *Limiter
	began   time.Duration
}

// Release gives the place back; it must be called exactly once. Ok says that
// the work was done and so its duration tells how crowded the service is. After a
// failure it is false: failing fast is no sign of speed, and only a long
// failure is taken as a sign of a crowd. The zero ticket may be released.
func (t Ticket) Release(ok bool) {
	l := t.limiter
	if l == nil {
		return
	}
	if l.adapt != nil {
		l.adapt.observe(t.began, l.now(), ok)
	}
	l.inFlight.Add(-1)
	if l.queue.waiting.Load() > 0 {
		l.admit()
	}
}
