package shed

import "time"

// probe is a look at how long work takes alone: the limit is halved as long as
// that makes work faster. What the last halving did not better is how long work
// takes, whether it has become slower by itself or not.
type probe struct {
	before time.Duration // the mean at twice the limit
	from   float64       // the limit at which it began
}

// clearly is the share of before below which a mean has fallen.
const clearly = 0.9

// Of the work that knew a higher limit, all but this share is waited for, and
// no longer than this many times what it takes: some requests take for ever.
const (
	remaining = 0.1
	patience  = 5
)

// halve also sees to it that only work counts that knew no higher limit. The
// count of the other may be off by what ends meanwhile; patience mends it.
func (a *adapter) halve(w measured) {
	a.set(a.limit / 2)
	inProgress := a.limiter.inFlight.Load()
	a.patience.Store(int64(w.now + patience*max(window, w.coming)))
	a.leaving.Store(inProgress - int64(remaining*float64(inProgress)))
	a.since.Store(int64(w.now))
}

// leave notes the end of work that began before the limit was halved.
func (a *adapter) leave(now time.Duration) {
	if a.leaving.Add(-1) == 0 {
		a.open(now)
	}
}

// settled reports whether work counts.
func (a *adapter) settled(now time.Duration) bool {
	if a.leaving.Load() <= 0 {
		return true
	}
	if int64(now) > a.patience.Load() {
		a.leaving.Store(0)
		a.open(now)
	}
	return false
}

// open begins the window in which a probe measures. It does not begin with
// the probe, since among the first to end are only the fast; and it is longer
// than others, since what it finds holds for long.
func (a *adapter) open(now time.Duration) {
	a.ends.Store(int64(now) + max(int64(4*window), a.typical.Load()))
}

// look judges a window of a probe.
func (a *adapter) look(w measured) {
	p := a.probe
	faster := float64(w.mean) < clearly*float64(p.before)
	if w.crowded && faster && int(a.limit) > a.limiter.options.Min {
		p.before = w.mean
		a.halve(w)
		return
	}
	a.baseline = w.mean
	if !faster {
		a.baseline = (w.mean + p.before) / 2 // two looks at the same
	}
	a.nextProbe = again(w.now)
	a.probe = nil
	a.set(min(p.from, 2*a.limit))
}
