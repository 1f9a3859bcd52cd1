package outbound

import (
	"errors"

	"github.com/sony/gobreaker/v2"
)

// errNotCounted tells the breaker to forget a call: its caller left, or gave it no fair chance.
var errNotCounted = errors.New("not counted")

// buckets is how finely the breaker's window rolls.
const buckets = 10

// newBreaker returns nil when the breaker is off. changed is called under the breaker's lock.
func newBreaker(name string, b Breaker, changed func(from, to gobreaker.State)) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	if b.Off {
		return nil
	}
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         name,
		Interval:     b.Window,
		BucketPeriod: b.Window / buckets,
		Timeout:      b.Open,
		ReadyToTrip: func(n gobreaker.Counts) bool {
			judged := n.TotalSuccesses + n.TotalFailures
			return judged >= uint32(b.Calls) && float64(n.TotalFailures) >= b.Share*float64(judged)
		},
		IsExcluded:    func(err error) bool { return err == errNotCounted },
		OnStateChange: func(_ string, from, to gobreaker.State) { changed(from, to) },
	})
}

// verdict is what the breaker is told about a call that ended with failure, or with none.
func verdict(failure *Error) error {
	switch {
	case failure == nil:
		return nil
	case failure.counts:
		return failure
	case failure.Status != 0:
		return nil // it answered: 429, or more than can be read
	}
	return errNotCounted
}
