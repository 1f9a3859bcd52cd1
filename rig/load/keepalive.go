package load

import (
	"context"
	"time"
)

// KeepAliveOptions say what a [KeepAlive] sends.
type KeepAliveOptions struct {
	Conn     string          // the client's name in its results
	Balancer *Balancer       // nothing is sent while it is not ready
	Next     func() *Request // makes each request
	Pause    time.Duration   // between an answer and the next request; 0: 10 ms
	Limit    time.Duration   // of one request; 0: 30 s
	On       func(Result)    // hears each result, one after another
}

// KeepAlive is a client that sends request after request over one connection
// for as long as the balancer routes to the instance. It makes a new
// connection when the service announced that it closes the old one, or closed
// it between two requests: neither loses anything. A request that met a closed
// connection, or none, is a result with an Error: a user lost it.
type KeepAlive struct {
	stop context.CancelFunc
	gone chan struct{}
}

// StartKeepAlive begins to send as soon as the balancer is ready.
func StartKeepAlive(ctx context.Context, o KeepAliveOptions) *KeepAlive {
	if o.Pause <= 0 {
		o.Pause = 10 * time.Millisecond
	}
	if o.Limit <= 0 {
		o.Limit = 30 * time.Second
	}
	between, stop := context.WithCancel(ctx) // ends with Stop; a request does not
	k := &KeepAlive{stop: stop, gone: make(chan struct{})}
	go func() {
		defer close(k.gone)
		o.run(ctx, between)
	}()
	return k
}

// Stop lets the request in flight end, and ends the client.
func (k *KeepAlive) Stop() {
	k.stop()
	<-k.gone
}

func (o KeepAliveOptions) run(ctx, between context.Context) {
	var c *conn
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for o.Balancer.Await(between, true) == nil && between.Err() == nil {
		var res Result
		c, res = o.send(ctx, c)
		o.On(res)
		if !sleep(between, o.Pause) {
			return
		}
	}
}

// send sends one request over c, or over a new connection when c is of no
// use, and returns the connection for the next one, nil when there is none.
func (o KeepAliveOptions) send(ctx context.Context, c *conn) (*conn, Result) {
	ctx, cancel := within(ctx, o.Limit)
	defer cancel()
	r := o.Next()
	r.Conn = o.Conn
	if r.Plant == "" {
		r.Plant = "keep-alive"
	}
	if c != nil && !c.quiet() {
		c.Close()
		c = nil
	}
	res := r.result(time.Now())
	if c == nil {
		var err error
		if c, err = dial(ctx, r.URL); err != nil {
			res.fail(ctx, err, "before the request")
			return nil, res
		}
	}
	if !c.exchange(ctx, r, &res, false) {
		c.Close()
		return nil, res
	}
	return c, res
}
