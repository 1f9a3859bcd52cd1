package rig

import (
	"sync"
	"time"
)

// Stall is a stretch of time in which the machine did not run golive, and so
// most likely not the service either. Shared machines stall for hundreds of
// milliseconds; what was measured meanwhile is the machine's, not the
// service's.
type Stall struct {
	At   time.Time
	Took time.Duration
}

const (
	beat      = 10 * time.Millisecond
	stallFrom = 50 * time.Millisecond // late by less is the usual imprecision of timers
	mostKept  = 10_000
)

// pulse notices stalls by being late for its own beats.
type pulse struct {
	mu     sync.Mutex
	stalls []Stall
}

// run beats until done is closed.
func (p *pulse) run(done <-chan struct{}) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		now := time.Now()
		if late := now.Sub(last) - beat; late >= stallFrom {
			p.add(Stall{last, late})
		}
		last = now
	}
}

func (p *pulse) add(s Stall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.stalls) < mostKept {
		p.stalls = append(p.stalls, s)
	}
}

// since returns the stalls that began at or after a moment.
func (p *pulse) since(from time.Time) []Stall {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, s := range p.stalls {
		if !s.At.Before(from) {
			return append([]Stall(nil), p.stalls[i:]...)
		}
	}
	return nil
}

// Stalls returns when the machine stalled since from.
func (r *Rig) Stalls(from time.Time) []Stall { return r.pulse.since(from) }
