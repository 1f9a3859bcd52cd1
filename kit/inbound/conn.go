package inbound

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// answerIn is how long a caller may take to read the answer, beyond the time
// that the request may take.
const answerIn = 5 * time.Second

// conn is a connection whose caller must not leave its answers unread for ever. [http.Server.WriteTimeout] would set a deadline for each request,
// which costs as much as a line of log. This one is set far enough ahead for all
// the requests of the next writeTimeout.
type conn struct {
	net.Conn
	server *http.Server
	until  atomic.Int64 // the deadline in Unix nanoseconds; 0: none
}

type connKey struct{}

// watchWriting makes the server's connections known to a [Mux].
func watchWriting(s *http.Server) {
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, &conn{Conn: c, server: s})
	}
}

// limitWriting gives the caller time to read the answer: what the route allows
// and some more. A server that has a limit of its own keeps it, but for routes
// that may take longer.
func (x *exchange) limitWriting() {
	timeout := x.route.timeout
	c, _ := x.ctx.parent.Value(connKey{}).(*conn)
	switch {
	case timeout == 0:
		x.setWriteDeadline(time.Time{})
		if c != nil {
			c.until.Store(0)
		}
	case c == nil || c.server.WriteTimeout > 0:
		if timeout > writeTimeout-answerIn {
			x.setWriteDeadline(x.start.Add(timeout + answerIn))
		}
	case x.request.ProtoMajor == 1:
		c.allow(x.start.Add(timeout + answerIn))
	default: // a stream of HTTP/2 has a deadline of its own
		x.setWriteDeadline(x.start.Add(timeout + answerIn))
	}
}

// allow makes sure that the deadline is not before at.
func (c *conn) allow(at time.Time) {
	if c.until.Load() >= at.UnixNano() {
		return
	}
	at = at.Add(writeTimeout)
	c.until.Store(at.UnixNano())
	_ = c.SetWriteDeadline(at) // one that is closed says so when it is written to
}

func (x *exchange) setWriteDeadline(at time.Time) {
	_ = http.NewResponseController(x.res.inner).SetWriteDeadline(at) // a writer without deadlines has nobody to wait for
}
