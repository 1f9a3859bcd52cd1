package outbound

import "sync/atomic"

// thousandths of a retry are what a budget counts in, so that it needs no floating point and no lock.
const thousandths = 1000

// A budget keeps retries from multiplying an outage: each call earns a share of a retry, and each retry
// costs a whole one. It begins full and never holds more than its minimum, so that a burst is bounded too.
type budget struct {
	balance atomic.Int64
	earned  int64 // per call
	most    int64
}

func newBudget(share float64, minimum int) *budget {
	b := &budget{earned: int64(share * thousandths), most: int64(minimum) * thousandths}
	b.balance.Store(b.most)
	return b
}

// earn credits one call.
func (b *budget) earn() {
	for {
		had := b.balance.Load()
		if had >= b.most || b.balance.CompareAndSwap(had, min(had+b.earned, b.most)) {
			return
		}
	}
}

// spend takes one retry, and reports whether there was one to take.
func (b *budget) spend() bool {
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
