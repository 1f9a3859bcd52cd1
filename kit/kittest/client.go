package kittest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// client sends one request after another over one connection.
type client struct {
	*Traffic
	number int
	conn   *conn // nil: none is open
	used   int   // requests over conn
}

func (c *client) run(ctx context.Context) {
	defer c.drop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		e := c.route(ctx)
		if e == nil {
			return
		}
		c.send(e)
		pause.Reset(c.load.Pause)
	}
}

// route returns the backend for the next request: that of the open
// connection if it is still routed to, else the next ready one, for which it
// waits. It returns nil when ctx is done.
func (c *client) route(ctx context.Context) *endpoint {
	if c.conn != nil && !c.conn.quiet() {
		c.drop()
	}
	var chosen *endpoint
	waited := false
	err := c.b.await(ctx, func() bool {
		if c.conn != nil && (c.conn.to.ready || c.b.o.Sticky) {
			chosen = c.conn.to
		} else {
			chosen = c.b.pick()
		}
		waited = waited || chosen == nil
		return chosen != nil
	})
	if waited {
		c.mu.Lock()
		c.report.Waited++
		c.mu.Unlock()
	}
	if err != nil {
		return nil
	}
	return chosen
}

// pick returns the ready endpoints one after another, nil when there is none;
// b.mu is held.
func (b *LoadBalancer) pick() *endpoint {
	for range b.endpoints {
		b.next++
		if e := b.endpoints[b.next%len(b.endpoints)]; e.ready {
			return e
		}
	}
	return nil
}

// send sends one request to e and counts what became of it.
func (c *client) send(e *endpoint) {
	if c.conn != nil && c.conn.to != e {
		c.drop()
	}
	r := c.load.Request()
	lost := Lost{At: time.Now(), Client: c.number + 1, Backend: e.URL, Request: r.Method + " " + r.URL.Path, Before: c.used}
	status, reason := c.exchange(e, r)
	if reason == "" && !c.load.Accept(status) {
		reason = fmt.Sprintf("status %d", status)
	}
	c.record(c.number, func(report *Report) {
		report.Sent++
		if reason == "" {
			report.Answered++
			return
		}
		lost.Reason, lost.Took = reason, time.Since(lost.At)
		report.Lost = append(report.Lost, lost)
	})
}

// exchange sends r to e and reads the whole answer. The reason says why there
// is none.
func (c *client) exchange(e *endpoint, r *http.Request) (status int, reason string) {
	limit := time.Now().Add(c.load.Limit)
	if c.conn == nil {
		opened, err := dial(e, c.b.o.TLS, limit)
		if err != nil {
			return 0, why(err, c.load.Limit) + " before the request"
		}
		c.conn = opened
		c.mu.Lock()
		c.report.Connections++
		c.mu.Unlock()
	}
	c.used++
	status, reusable, reason := c.conn.exchange(r, limit, c.load.Limit)
	if !reusable {
		c.drop()
	}
	return status, reason
}

// drop closes the connection, if one is open.
func (c *client) drop() {
	if c.conn != nil {
		c.conn.Close()
	}
	c.conn, c.used = nil, 0
}
