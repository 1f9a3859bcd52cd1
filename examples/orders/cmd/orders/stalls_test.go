package main

import (
	"sync"
	"testing"
	"time"
)

// stalls are the times during which the machine stood still: what fails then,
// by a timeout of half a second, says nothing about the service.
type stalls struct {
	mutex sync.Mutex
	all   [][2]time.Time
}

// long is a good part of the shortest timeout.
const long = 100 * time.Millisecond

// watch notes stalls until the test ends.
func watch(t *testing.T) *stalls {
	s := new(stalls)
	ticker := time.NewTicker(10 * time.Millisecond)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for last := time.Now(); ; last = time.Now() {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			if time.Since(last) > long {
				s.mutex.Lock()
				s.all = append(s.all, [2]time.Time{last, time.Now()})
				s.mutex.Unlock()
			}
		}
	}()
	t.Cleanup(func() { close(done); <-ended; ticker.Stop() })
	return s
}

// during reports whether the machine stood still between two moments.
func (s *stalls) during(from, to time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, stall := range s.all {
		if stall[0].Before(to) && stall[1].After(from) {
			return true
		}
	}
	return false
}
