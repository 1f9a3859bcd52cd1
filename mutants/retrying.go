package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// retrying is how a call that was answered 503 is made again. What got no
// answer is not repeated: it has used up its time.
type retrying struct {
	attempts    int                           // the first included
	wait        func(retry int) time.Duration // before the given retry, from 1
	posts       bool                          // whether a POST is repeated, too
	heedsAnswer bool                          // waits for as long as Retry-After asks
	heedsCaller bool                          // ends when the caller has left
	budgeted    bool                          // one retry for ten calls, after a burst
}

// firstWait is the greatest wait before the first retry. golive.yaml declares
// the attempts.
const firstWait = 400 * time.Millisecond

func healthyRetrying() retrying {
	return retrying{attempts: 3, wait: equalJitter, heedsAnswer: true, heedsCaller: true, budgeted: true}
}

// equalJitter doubles with each retry; a half of it is left to chance.
func equalJitter(retry int) time.Duration {
	most := doubled(retry)
	return most/2 + rand.N(most/2)
}

func doubled(retry int) time.Duration { return firstWait << (retry - 1) }

// refusal is an answer that is none of 2xx.
type refusal struct {
	status int
	after  time.Duration // that Retry-After asks for
}

func (r refusal) Error() string { return fmt.Sprintf("answered %d", r.status) }

// patienceAskedFor reads Retry-After in seconds.
func patienceAskedFor(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// repeat makes a call, and again for as long as that is allowed.
func (u *upstream) repeat(ctx context.Context, method string, call func() error) error {
	u.saved.earn()
	for retry := 1; ; retry++ {
		err := call()
		var refused refusal
		if !errors.As(err, &refused) || refused.status != http.StatusServiceUnavailable || retry >= u.again.attempts ||
			method == http.MethodPost && !u.again.posts || !u.saved.spend() {
			return err
		}
		wait := u.again.wait(retry)
		if u.again.heedsAnswer {
			wait = max(wait, refused.after)
		}
		if !u.again.sleep(ctx, wait) {
			return err
		}
	}
}

// sleep reports whether the call is still wanted afterwards.
func (r retrying) sleep(ctx context.Context, d time.Duration) bool {
	if !r.heedsCaller {
		time.Sleep(d)
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// savings are what retries are paid from: each call earns a tenth of one.
type savings struct {
	tenths  *atomic.Int64
	endless bool
}

// burst is how many retries are saved at most.
const burst = 60

func newSavings(r retrying) savings {
	s := savings{new(atomic.Int64), !r.budgeted}
	s.tenths.Store(10 * burst)
	return s
}

func (s savings) earn() {
	if s.tenths.Add(1) > 10*burst {
		s.tenths.Add(-1)
	}
}

func (s savings) spend() bool {
	if s.endless {
		return true
	}
	if s.tenths.Add(-10) < 0 {
		s.tenths.Add(10)
		return false
	}
	return true
}
