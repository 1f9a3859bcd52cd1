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
	lines   [priorities][]chan bool // each hears once whether it got a place
}

// inOrder is who gets a free place first.
var inOrder = [priorities]Priority{Critical, Normal, Sheddable}

// wait reports whether a place was got within the time allowed for waiting.
func (l *Limiter) wait(ctx context.Context, p Priority) bool {
	if l.options.Queue == 0 {
		return false
	}
	place := l.enqueue(p)
	timeout := time.NewTimer(l.options.Wait)
	defer timeout.Stop()
	select {
	case got := <-place:
		return got
	case <-timeout.C:
	case <-ctx.Done():
	}
	return !l.leave(p, place) && <-place
}

// enqueue puts one more into the queue; if that is too many, one of the least
// important is refused, maybe this one.
func (l *Limiter) enqueue(p Priority) chan bool {
	q := &l.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	place := make(chan bool, 1)
	q.lines[p] = append(q.lines[p], place)
	// Counted before a place is looked for: one who releases a place gives it
	// back before looking whether anybody waits, so no place is left idle.
	q.waiting.Add(1)
	l.admitLocked()
	if len(place) > 0 {
		return place
	}
	l.crowd()
	if q.waiting.Load() > int64(l.options.Queue) {
		q.dismiss()
	}
	return place
}

// dismiss turns the last of the lowest priority away.
func (q *queue) dismiss() {
	for _, p := range slices.Backward(inOrder[:]) {
		if last := len(q.lines[p]) - 1; last >= 0 {
			q.lines[p][last] <- false
			q.lines[p] = q.lines[p][:last]
			q.waiting.Add(-1)
			return
		}
	}
}

// leave reports false if the place was given or refused in the meantime.
func (l *Limiter) leave(p Priority, place chan bool) bool {
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
			q.lines[p][0] <- true
			q.lines[p] = q.lines[p][1:]
			q.waiting.Add(-1)
		}
	}
}
