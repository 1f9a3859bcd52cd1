package inbound

import (
	"container/list"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate bounds how often each caller may ask.
type Rate struct {
	// PerSecond is how many requests a second are let in, in the long run.
	// 0 lets all in.
	PerSecond float64

	// Burst is how many are let in at once. 0 is PerSecond, at least 1.
	Burst int

	// Key tells callers apart. nil does by the peer's IP address, which is
	// the load balancer's behind one. A key that callers choose freely is no
	// limit.
	Key func(*http.Request) string

	// Keys is how many callers are remembered at most, 0 is 10,000 (about
	// 3 MB). Then who asked longest ago is forgotten, and begins with a full
	// burst.
	Keys int
}

const defaultKeys = 10_000

func (r *Rate) check() error {
	switch {
	case !(r.PerSecond >= 0):
		return errors.New("inbound: Rate.PerSecond must not be negative")
	case r.Burst < 0:
		return errors.New("inbound: Rate.Burst must not be negative")
	case r.Keys < 0:
		return errors.New("inbound: Rate.Keys must not be negative")
	}
	return nil
}

// callers are the buckets of tokens of those who asked of late.
type callers struct {
	rate  Rate
	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // of *caller, who asked last in front
}

type caller struct {
	key    string
	bucket *rate.Limiter
}

func newCallers(r Rate) *callers {
	if r.Burst == 0 {
		r.Burst = max(1, int(r.PerSecond))
	}
	if r.Keys == 0 {
		r.Keys = defaultKeys
	}
	if r.Key == nil {
		r.Key = remote
	}
	return &callers{rate: r, byKey: map[string]*list.Element{}, order: list.New()}
}

// ask takes a token for the request's caller, or returns how long it will take
// until there is one.
func (c *callers) ask(r *http.Request, now time.Time) (wait time.Duration) {
	bucket := c.bucket(c.rate.Key(r))
	token := bucket.ReserveN(now, 1)
	if wait = token.DelayFrom(now); wait > 0 {
		token.CancelAt(now)
	}
	return wait
}

func (c *callers) bucket(key string) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.byKey[key]; e != nil {
		c.order.MoveToFront(e)
		return e.Value.(*caller).bucket
	}
	if c.order.Len() >= c.rate.Keys {
		last := c.order.Back()
		delete(c.byKey, last.Value.(*caller).key)
		c.order.Remove(last)
	}
	one := &caller{key, rate.NewLimiter(rate.Limit(c.rate.PerSecond), c.rate.Burst)}
	c.byKey[key] = c.order.PushFront(one)
	return one.bucket
}
