package proxy

import (
	"time"

	"github.com/golive-dev/golive/evidence"
)

// httpConn tells the requests on a connection apart.
type httpConn struct {
	*conn
	parser
	next  <-chan arrival // the service's next bytes
	first <-chan arrival // the dependency's; nil before there is a connection to it
}

func (c *httpConn) serve() {
	c.next = c.client.await(&c.proxy.work)
	for nth := 1; ; nth++ {
		at, asked := c.idle()
		if !asked {
			return
		}
		head, err := c.requestHead()
		if err != nil && err != errForeign {
			_ = c.lost(evidence.GaveUp, err)
			return
		}
		r, size, err := c.request(head)
		if err != nil {
			c.next = nil
			c.stream(head, nth == 1)
			return
		}
		t := &httpTalk{httpConn: c, head: head, req: r, size: size, read: make(chan struct{})}
		if !t.exchange(nth, at).run() {
			return
		}
		if t.switched {
			c.stream(nil, false)
			return
		}
	}
}

// idle waits between two requests. It reports false when the connection ended
// or is no HTTP any more.
func (c *httpConn) idle() (at time.Time, asked bool) {
	select {
	case a := <-c.next:
		if a.err != nil {
			_ = c.lost(evidence.GaveUp, a.err)
		}
		return a.at, a.err == nil
	case a := <-c.first:
		c.first = nil
		if a.err != nil {
			_ = c.lost(evidence.Cut, a.err)
		} else {
			c.stream(nil, false) // an answer that nobody asked for, such as 408
		}
	case <-c.done():
	}
	return time.Time{}, false
}

// requestHead reads the head of a request. TLS and other binary protocols
// begin with a byte that no HTTP begins with.
func (c *httpConn) requestHead() ([]byte, error) {
	b, err := c.client.br.Peek(1)
	if err != nil {
		return nil, err
	}
	if b[0] >= 0x7f || b[0] < ' ' && b[0] != '\r' && b[0] != '\n' {
		return nil, errForeign
	}
	return readHead(c.client.br)
}

// stream goes on without understanding what is said. It is a call of its own
// where the connection never was HTTP.
func (c *httpConn) stream(first []byte, fresh bool) {
	s := newStream(c.conn, fresh)
	s.clientReady, s.upReady = c.next, c.first
	s.run(first)
}
