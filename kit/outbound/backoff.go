package outbound

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long a retry waits: a random time between nothing and a window that doubles with each
// retry ("full jitter", which of the ways measured by AWS ends a crowd of callers' contention with the least
// work: aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
type Backoff struct {
	// Base is the first retry's window. Default 100 ms.
	Base time.Duration
	// Cap is the longest window. Default 20 s, as in the AWS SDKs; the call's Timeout mostly ends it earlier.
	Cap time.Duration
}

// wait draws the time to wait before the given retry, counted from 1.
func (b Backoff) wait(retry int) time.Duration {
	return time.Duration(rand.Int64N(int64(b.window(retry)))) + 1
}

func (b Backoff) window(retry int) time.Duration {
	window := b.Base
	for i := 1; i < retry && window < b.Cap; i++ {
		window *= 2
	}
	return min(window, b.Cap)
}
