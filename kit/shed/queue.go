package shed

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// queue holds who waits for a place, first come first served within a
// priority.
type queue struct {
	waiting atomic.Int64
	mu      sync.Mutex
	lines   [priorities][]chan struct{}
}

// inOrder is who gets a free place first.
var inOrder = [priorities]Priority{Critical, Normal, Sheddable}

// wait reports whether a place was got within the time allowed for waiting.
func (l *Limiter) wait(ctx context.Context, p Priority) bool {
	place, ok := l.enqueue(p)
	if !ok {
		return false
	}
	timeout := time.NewTimer(l.options.Wait)
	defer timeout.Stop()
	select {
	case <-place:
		return true
	case <-timeout.C:
	case <-ctx.Done():
	}
	return !l.leave(p, place)
}

// enqueue lets as many wait as the queue holds for the priority. One who waits
// is a sign of a crowd as one who is refused is.
func (l *Limiter) enqueue(p Priority) (place chan struct{}, ok bool) {
	if l.options.Queue == 0 {
		return nil, false
	}
	q := &l.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting.Load() >= portion(l.options.Queue, l.shares[p]) {
		return nil, false
	}
	place = make(chan struct{}, 1)
	q.lines[p] = append(q.lines[p], place)
	// Counted before a place is looked for: one who releases a place gives it
	// back before looking whether anybody waits, so no place is left idle.
	q.waiting.Add(1)
	l.admitLocked()
	if len(place) == 0 {
		l.crowd()
	}
	return place, true
}

// leave reports false if a place was given in the meantime.
func (l *Limiter) leave(p Priority, place chan struct{}) bool {
	q := &l.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.lines[p], place)
	if i < 0 {
		return false
	}
	q.lines[p] = slices.Delete(q.lines[p], i, i+1)
	q.waiting.Add(-1)
	return true
}

// admit gives free places to those who wait.
func (l *Limiter) admit() {
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	l.admitLocked()
}

func (l *Limiter) admitLocked() {
	q := &l.queue
	for _, p := range inOrder {
		for len(q.lines[p]) > 0 && l.take(p) {
			q.lines[p][0] <- struct{}{}
			q.lines[p] = q.lines[p][1:]
			q.waiting.Add(-1)
		}
	}
}
