package main

import (
	"context"
	"sync"
	"time"
)

// state is what the probes of the platform are answered from.
type state struct {
	inventory, prices bool // the last check of each succeeded
	seen              bool // inventory answered once
	lost              bool // inventory was away since
	draining          bool // the process got SIGTERM
}

// watched is a state that the watch changes. It is safe for concurrent use.
type watched struct {
	mu  sync.Mutex
	now state
}

func (s *watched) get() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *watched) change(f func(*state)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.now)
}

// watch checks the dependencies in the background until ctx ends.
func (i *instance) watch(ctx context.Context) {
	check := func(u *upstream, note func(s *state, up bool)) {
		for ctx.Err() == nil {
			up := u.answers()
			if !up { // one stalled moment is no outage
				up = u.answers()
			}
			i.state.change(func(s *state) { note(s, up) })
			select {
			case <-time.After(300 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
	go check(i.prices, func(s *state, up bool) { s.prices = up })
	check(i.inventory, func(s *state, up bool) {
		s.lost = s.lost || s.seen && !up
		s.seen = s.seen || up
		s.inventory = up
	})
}
