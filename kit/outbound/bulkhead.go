package outbound

import "sync/atomic"

// A bulkhead bounds the calls in flight, so that a slow dependency cannot take all of the service's memory,
// connections and goroutines. It refuses at once: a queue would only add to the wait.
type bulkhead struct {
	inFlight atomic.Int64
	most     int64
}

func (b *bulkhead) enter() bool {
	if b.inFlight.Add(1) <= b.most {
		return true
	}
	b.inFlight.Add(-1)
	return false
}

func (b *bulkhead) leave() { b.inFlight.Add(-1) }
