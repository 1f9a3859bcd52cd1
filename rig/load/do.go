package load

import (
	"context"
	"sync"
	"time"
)

// Do sends r over a connection of its own and waits for the whole answer, at
// most limit (0: as long as ctx lives). When limit runs out, or ctx ends, the
// result is Open: a Status then says that the head of an answer had come.
// Nothing is ever sent twice, and redirects are answers like others.
func Do(ctx context.Context, r *Request, limit time.Duration) Result {
	ctx, cancel := within(ctx, limit)
	defer cancel()
	res := r.result(time.Now())
	c, err := dial(ctx, r.URL)
	if err != nil {
		res.fail(ctx, err, "before the request")
		return res
	}
	defer c.Close()
	c.exchange(ctx, r, &res, true)
	return res
}

func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// idleLimit is how long a connection may lie unused and still be sent on. A
// service may close an idle one at the moment we write to it; 1 s is below
// every default that we know of (Node 5 s, gunicorn 2 s).
const idleLimit = time.Second

// pool keeps connections between requests. It is safe for concurrent use.
type pool struct {
	mu   sync.Mutex
	idle map[string][]*conn // by scheme and host; the latest used last
}

// do sends r, which was due at, over a kept connection or a new one.
func (p *pool) do(ctx context.Context, r *Request, at time.Time) Result {
	res := r.result(at)
	key := r.URL.Scheme + "://" + r.URL.Host
	c := p.take(key)
	if c == nil {
		var err error
		if c, err = dial(ctx, r.URL); err != nil {
			res.fail(ctx, err, "before the request")
			return res
		}
	}
	if !c.exchange(ctx, r, &res, false) || ctx.Err() != nil {
		c.Close()
		return res
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		p.idle = map[string][]*conn{}
	}
	p.idle[key] = append(p.idle[key], c)
	return res
}

// take removes a usable connection from the pool, nil when there is none.
func (p *pool) take(key string) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for list := p.idle[key]; len(list) > 0; list = p.idle[key] {
		c := list[len(list)-1]
		p.idle[key] = list[:len(list)-1]
		if time.Since(c.last) < idleLimit && c.quiet() {
			return c
		}
		c.Close()
	}
	return nil
}

// close closes all idle connections.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.idle {
		for _, c := range list {
			c.Close()
		}
	}
	p.idle = nil
}
