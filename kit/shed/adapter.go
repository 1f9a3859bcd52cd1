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
	fastest   = 1.25                   // what one window makes of it at most, but for √limit
	window    = 100 * time.Millisecond // over which the mean is taken (Envoy)
	samples   = 30                     // in a window at least: the mean of 30 is sure to a fifth
	falling   = 0.1                    // share of a faster window in the baseline
	rising    = 0.005                  // share of a slower one: of 200 windows, as in Netflix' long one of 600 samples
	probing   = 20 * time.Second       // between looks at how long work takes alone (Envoy: 60 s, all but closed; ours costs less)
)

// adapter moves a limit by the gradient of latency:
//
//	limit = limit · baseline·tolerance / mean + √limit
//
// It differs from its models in two points. The limit moves only in windows in
// which it turned someone away, so that slow work at half load is not taken for
// a crowd. And the baseline, without which a lasting crowd would come to look
// normal, is looked for by halving the limit as long as that makes work
// faster (see [probe]), rather than by letting in next to nobody.
type adapter struct {
	limiter *Limiter
	target  time.Duration // 0: learned

	sum, count atomic.Int64 // of the durations in this window
	crowded    atomic.Bool  // someone was turned away in this window
	ends       atomic.Int64 // of this window, the earliest
	typical    atomic.Int64 // mean of the last window
	since      atomic.Int64 // work that began earlier does not count in this window
	leaving    atomic.Int64 // how much of it is still to end before any work counts
	patience   atomic.Int64 // until when that is waited for

	mu        sync.Mutex // held by who closes a window; guards what is below
	limit     float64
	began     time.Duration // this window
	baseline  time.Duration // 0: not known yet
	nextProbe time.Duration
	probe     *probe // nil: none
}

func newAdapter(l *Limiter) *adapter {
	a := &adapter{limiter: l, target: l.options.Target, limit: float64(l.options.Limit)}
	a.ends.Store(int64(window))
	return a
}

// observe counts work that ended.
func (a *adapter) observe(began, now time.Duration, ok bool) {
	if int64(began) < a.since.Load() {
		a.leave(now)
		return
	}
	took := int64(now - began)
	if !a.settled(now) || !ok && took < a.typical.Load() {
		return
	}
	a.sum.Add(took)
	if a.count.Add(1) >= samples && int64(now) >= a.ends.Load() && a.mu.TryLock() {
		a.close(now)
		a.mu.Unlock()
	}
}

// close ends a window and begins the next, which lasts at least as long as
// work took in this one.
func (a *adapter) close(now time.Duration) {
	n, sum := a.count.Load(), a.sum.Load()
	if int64(now) < a.ends.Load() || n < samples {
		return // another did
	}
	w := measured{now: now, mean: max(1, time.Duration(sum/n)), crowded: a.crowded.Swap(false)}
	w.coming = max(w.mean, time.Duration(a.limiter.inFlight.Load())*(now-a.began)/time.Duration(n))
	a.judge(w)
	a.typical.Store(int64(w.mean))
	a.ends.Store(int64(now + max(window, w.mean)))
	a.count.Add(-n)
	a.sum.Add(-sum)
	a.began = now
}

// measured is what a window showed.
type measured struct {
	now     time.Duration
	mean    time.Duration // of the work that ended
	coming  time.Duration // of the work that is in progress, by Little's law: ahead of mean while a crowd gathers
	crowded bool
}

func (a *adapter) judge(w measured) {
	wanted := tolerance * float64(a.baseline)
	if a.target > 0 {
		wanted = float64(a.target)
	}
	gradient := min(fastest, wanted/float64(w.mean))
	switch {
	case a.probe != nil:
		a.look(w)
	case !w.crowded:
		a.learn(w)
	case a.target == 0 && (gradient < steepest || w.now >= a.nextProbe):
		a.probe = &probe{before: w.coming, from: a.limit}
		a.halve(w)
	default:
		a.set(a.limit*max(steepest, gradient) + math.Sqrt(a.limit))
	}
}

// learn brings the baseline nearer to the mean of a window in which nobody was
// turned away. A slow one counts little: it may be a crowd below the limit, or
// one that goes home.
func (a *adapter) learn(w measured) {
	switch {
	case a.baseline == 0:
		a.baseline = w.mean
	case w.mean < a.baseline:
		a.baseline -= time.Duration(falling * float64(a.baseline-w.mean))
	default:
		a.baseline += time.Duration(rising * float64(w.mean-a.baseline))
	}
	if float64(w.mean) < tolerance*float64(a.baseline) {
		a.nextProbe = w.now + probing
	}
}

func (a *adapter) set(limit float64) {
	o := a.limiter.options
	a.limit = min(max(limit, float64(o.Min)), float64(o.Max))
	a.limiter.setLimit(int(a.limit))
}

// again is when the next probe is due; replicas that started together do not
// probe together.
func again(now time.Duration) time.Duration {
	return now + time.Duration(float64(probing)*(0.75+rand.Float64()/2))
}
