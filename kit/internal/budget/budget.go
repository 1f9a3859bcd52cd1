// Package budget keeps retries from multiplying an outage, for the clients of
// every protocol.
package budget

import "sync/atomic"

// thousandths of a retry are what a budget counts in, so that it needs no floating point and no lock.
const thousandths = 1000

// A Budget keeps retries from multiplying an outage: each call earns a share of a retry, and each retry
// costs a whole one. It begins full and never holds more than its minimum, so that a burst is bounded too. It is safe for
// concurrent use.
type Budget struct {
	balance atomic.Int64
	earned  int64 // per call
	most    int64
}

// New returns a full budget: share is the part of a retry that each call
// earns, and minimum the number of retries that it holds at most.
func New(share float64, minimum int) *Budget {
	b := &Budget{earned: int64(share * thousandths), most: int64(minimum) * thousandths}
	b.balance.Store(b.most)
	return b
}

// Earn credits one call.
func (b *Budget) Earn() {
	for {
		had := b.balance.Load()
		if had >= b.most || b.balance.CompareAndSwap(had, min(had+b.earned, b.most)) {
			return
		}
	}
}

// Spend takes one retry, and reports whether there was one to take.
func (b *Budget) Spend() bool {
	for {
		had := b.balance.Load()
		if had < thousandths {
			return false
		}
		if b.balance.CompareAndSwap(had, had-thousandths) {
			return true
		}
	}
}
