package pg

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// farewell bounds what pgx does with a connection that a caller gave up: it
// asks the server to cancel, then reads what is still under way, for 15 s each,
// and the connection's place in the pool is not free until then. A second is
// enough to cancel on any network; a server gone silent would else keep the
// pool empty long after it is back.
const farewell = time.Second

// link is a connection with that bound. It marks its errors, so that they can be
// told from those of other connections.
type link struct {
	net.Conn
}

// lostError says that a connection to the database broke, or was not made.
// Deadlines are not among them: pgx looks for those itself.
type lostError struct{ error }

// ProblemStatus is as that of [Error].
func (e lostError) ProblemStatus() (status int, retryAfter time.Duration) { return problemStatus(e) }

// Unwrap returns the network's error.
func (e lostError) Unwrap() error { return e.error }

func marked(err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return lostError{err}
}

// NetConn returns the connection beneath, as that of [tls.Conn] does.
func (l link) NetConn() net.Conn { return l.Conn }

// Read marks its error.
func (l link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	return n, marked(err)
}

// Write marks its error.
func (l link) Write(p []byte) (int, error) {
	n, err := l.Conn.Write(p)
	return n, marked(err)
}

// SetDeadline keeps deadlines within the farewell: pgx sets none in the future
// but that one.
func (l link) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(farewell); t.After(latest) {
		t = latest
	}
	return l.Conn.SetDeadline(t)
}

// dialling marks contexts of connections, unlike those of cancel requests.
type dialling struct{}

// dial is pgx's DialFunc. It relies on keep-alive to find peers that are gone
// while nothing is sent: 30 s instead of the operating system's two hours.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	if ctx.Value(dialling{}) != nil {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, marked(err)
		}
		return link{conn}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return link{conn}, conn.SetDeadline(time.Now().Add(farewell))
}

// alive reports whether an idle connection still can be used. It costs no round
// trip unless the server said something on its own account.
func alive(ctx context.Context, conn *pgx.Conn) bool {
	if conn.IsClosed() {
		return false
	}
	switch peek(beneath(conn.PgConn().Conn())) {
	case silent:
		return true
	case ended:
		return false
	}
	return conn.Ping(ctx) == nil // a notice, or the last words of a server that closes
}

// beneath returns the socket under encryption and what this package adds.
func beneath(conn net.Conn) net.Conn {
	for {
		upper, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = upper.NetConn()
	}
}

// sight is what peek finds on a connection that nobody reads.
type sight int

const (
	silent sight = iota // open, and nothing to read
	spoken              // something to read
	ended               // closed by the peer, or broken
)
