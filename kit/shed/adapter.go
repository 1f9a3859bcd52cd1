package shed

import (
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// The numbers of the adaptive limit. Envoy is its adaptive concurrency filter,
// Netflix is the Gradient2 limit of concurrency-limits.
const (
	tolerance = 1.5                    // how much longer than alone work may take in a crowd (Netflix)
	steepest  = 0.5                    // what one window leaves of the limit at least (both)
	window    = 100 * time.Millisecond // over which the mean is taken (Envoy)
	samples   = 30                     // in a window at least: the mean of 30 is sure to a fifth
	smoothing = 0.1                    // of the baseline over windows without a crowd
	probing   = 20 * time.Second       // between looks at how long work takes alone (Envoy: 60 s, all but closed; ours costs less)
	clearly   = 0.9                    // below this share of before, a mean has fallen
)

// adapter moves a limit by the gradient of latency:
//
//	limit = limit · baseline·tolerance / mean + √limit
//
// It differs from its models in two points, each for what they were seen to
// do. The limit moves only in windows in which it turned someone away, so that
// slow work at half load is not taken for a crowd. And the baseline, without
// which a lasting crowd would come to look normal, is looked for by halving the
// limit as long as that makes work faster, rather than by letting in next to
// nobody.
type adapter struct {
	limiter *Limiter
	target  time.Duration // 0: learned

	sum, count atomic.Int64 // of the durations in this window
	crowded    atomic.Bool  // someone was turned away in this window
	ends       atomic.Int64 // of this window, the earliest
	typical    atomic.Int64 // mean of the last window

	mu        sync.Mutex // held by who closes a window; guards what is below
	limit     float64
	baseline  time.Duration // 0: not known yet
	nextProbe time.Duration
	probe     *probe // nil: none
}

// probe is a look at how long work takes alone.
type probe struct {
	settled bool          // the window that still holds work of a higher limit is over
	before  time.Duration // the mean at twice the limit
	from    float64       // the limit at which it began
}

func newAdapter(l *Limiter) *adapter {
	a := &adapter{limiter: l, target: l.options.Target, limit: float64(l.options.Limit)}
	a.ends.Store(int64(window))
	return a
}

// observe counts work that ended.
func (a *adapter) observe(began, now time.Duration, ok bool) {
	took := now - began
	if !ok && int64(took) < a.typical.Load() {
		return
	}
	a.sum.Add(int64(took))
	if a.count.Add(1) >= samples && int64(now) >= a.ends.Load() && a.mu.TryLock() {
		a.close(now)
		a.mu.Unlock()
	}
}

// close ends a window, which lasts at least as long as work took in the last
// one: a limit cannot be judged by work that began under another.
func (a *adapter) close(now time.Duration) {
	if int64(now) < a.ends.Load() {
		return // another did
	}
	n, sum := a.count.Swap(0), a.sum.Swap(0)
	if n == 0 {
		return
	}
	mean := max(1, time.Duration(sum/n))
	a.typical.Store(int64(mean))
	a.ends.Store(int64(now + max(window, mean)))
	a.judge(now, mean, a.crowded.Swap(false))
}

func (a *adapter) judge(now, mean time.Duration, crowded bool) {
	switch {
	case a.probe != nil && !crowded:
		a.set(min(a.probe.from, 2*a.limit)) // nobody is there to be held back
		a.probe = nil
		a.learn(now, mean)
	case a.probe != nil:
		a.look(now, mean)
	case !crowded:
		a.learn(now, mean)
	case a.target == 0 && (a.baseline == 0 || now >= a.nextProbe):
		a.probe = &probe{before: mean, from: a.limit}
		a.set(a.limit / 2)
	default:
		a.follow(mean)
	}
}

// learn takes the mean of a window in which nobody was turned away for the
// baseline, slowly, so that the end of a crowd does not spoil it.
func (a *adapter) learn(now, mean time.Duration) {
	if a.baseline == 0 {
		a.baseline = mean
	}
	a.baseline += time.Duration(smoothing * float64(mean-a.baseline))
	a.nextProbe = now + probing
}

// look goes on halving as long as work gets faster. What the last halving did
// not better is the baseline, and twice that limit is known to be no crowd.
func (a *adapter) look(now, mean time.Duration) {
	p := a.probe
	switch {
	case !p.settled:
		p.settled = true
	case float64(mean) < clearly*float64(p.before) && int(a.limit) > a.limiter.options.Min:
		p.before, p.settled = mean, false
		a.set(a.limit / 2)
	default:
		a.baseline = min(mean, p.before)
		a.nextProbe = now + time.Duration(float64(probing)*(0.75+rand.Float64()/2))
		a.probe = nil
		a.set(min(p.from, 2*a.limit))
	}
}

// follow is one step along the gradient.
func (a *adapter) follow(mean time.Duration) {
	wanted := tolerance * float64(a.baseline)
	if a.target > 0 {
		wanted = float64(a.target)
	}
	gradient := min(1, max(steepest, wanted/float64(mean)))
	a.set(a.limit*gradient + math.Sqrt(a.limit))
}

func (a *adapter) set(limit float64) {
	o := a.limiter.options
	a.limit = min(max(limit, float64(o.Min)), float64(o.Max))
	a.limiter.setLimit(int(a.limit))
}
