package load

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// RateOptions say what [Rate] sends.
type RateOptions struct {
	PerSecond   float64         // above 0
	Duration    time.Duration   // how long; or
	Count       int             // how many, when above 0
	Next        func() *Request // makes each request, in their order
	Limit       time.Duration   // from the moment at which a request is due; 0: 30 s
	MaxInFlight int             // 0: 5,000; a request beyond is not sent, and its result says so
	On          func(Result)    // hears each result, from many goroutines; may be nil
}

// Rate sends requests at a constant rate, whatever becomes of them: a slow
// service does not slow down the load (an open loop). The latency of each
// counts from the moment at which it was due, so that a service which freezes
// is charged for every request that would have come meanwhile.
//
// The results are in the order in which the requests were due. When ctx ends,
// the unanswered ones are Open and the others are not made.
func Rate(ctx context.Context, o RateOptions) []Result {
	if o.Limit <= 0 {
		o.Limit = 30 * time.Second
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = 5000
	}
	if o.Count <= 0 {
		o.Count = int(o.PerSecond * o.Duration.Seconds())
	}
	s := &schedule{RateOptions: o}
	defer s.pool.close()
	start := time.Now()
	for n := range o.Count {
		due := start.Add(time.Duration(float64(n) / o.PerSecond * float64(time.Second)))
		if !sleep(ctx, time.Until(due)) {
			break
		}
		s.send(ctx, o.Next(), due)
	}
	s.wait.Wait()
	slices.SortStableFunc(s.results, func(a, b Result) int { return a.At.Compare(b.At) })
	return s.results
}

// schedule is one running [Rate].
type schedule struct {
	RateOptions
	pool     pool
	wait     sync.WaitGroup
	inFlight atomic.Int64

	mu      sync.Mutex
	results []Result
}

// send sends r in the background.
func (s *schedule) send(ctx context.Context, r *Request, due time.Time) {
	if s.inFlight.Load() >= int64(s.MaxInFlight) {
		res := r.result(due)
		res.Error = fmt.Sprintf("%s%d requests are in flight already", notSent, s.MaxInFlight)
		s.done(res)
		return
	}
	s.inFlight.Add(1)
	s.wait.Go(func() {
		defer s.inFlight.Add(-1)
		ctx, cancel := context.WithDeadline(ctx, due.Add(s.Limit))
		defer cancel()
		s.done(s.pool.do(ctx, r, due))
	})
}

func (s *schedule) done(r Result) {
	s.mu.Lock()
	s.results = append(s.results, r)
	s.mu.Unlock()
	if s.On != nil {
		s.On(r)
	}
}

// sleep waits for d and reports whether ctx still lives.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
