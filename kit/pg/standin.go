package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// standIn is what the pool gets instead of a connection while credentials are
// refused. Nobody is served with it: whoever waited for it goes on to wait in
// line for any connection, and it keeps its place in the pool until the
// credentials are accepted, so that nobody waits for a connection of its own.
type standIn struct {
	net.Conn
	life     context.Context // the pool's
	refusal  error
	greeting []byte
}

func newStandIn(life context.Context, refusal error) *standIn {
	near, far := net.Pipe() // for its addresses and deadlines
	far.Close()
	return &standIn{Conn: near, life: life, refusal: refusal, greeting: greeting(&pgconn.HijackedConn{SecretKey: make([]byte, 4), TxStatus: 'I'})}
}

// Read reads a greeting and no more.
func (s *standIn) Read(p []byte) (int, error) {
	if len(s.greeting) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.greeting)
	s.greeting = s.greeting[n:]
	return n, nil
}

// Write takes anything.
func (s *standIn) Write(p []byte) (int, error) { return len(p), nil }

// stands has pgx connect to a stand-in, without a trace.
func stands(life context.Context, config *pgx.ConnConfig, refusal error) {
	bare(&config.Config)
	config.ChannelBinding, config.RequireAuth, config.Tracer = "", "", nil
	config.DialFunc = func(context.Context, string, string) (net.Conn, error) { return newStandIn(life, refusal), nil }
}

// standInOf returns the stand-in that conn is, or nil.
func standInOf(conn *pgx.Conn) *standIn {
	if conn == nil {
		return nil
	}
	s, _ := conn.PgConn().Conn().(*standIn)
	return s
}

// filling marks contexts of fill.
type filling struct{}

var errFilled = errors.New("pg: the place is taken")

// fill has stand-ins take what places there are, so that a wait that met one
// does not meet the others, but stands in line. The pool lets nobody wait for a
// connection more often than it has places.
func (c *credentials) fill(ctx context.Context) {
	if gate, _ := c.barred(c.current()); gate == nil {
		return
	}
	r := &c.renewal
	select {
	case r.filling <- struct{}{}:
		defer func() { <-r.filling }()
	case <-ctx.Done():
		return
	}
	s := r.pool.Stat()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, filling{}, true), fillFor)
	defer cancel()
	var all sync.WaitGroup
	for range s.MaxConns() - s.TotalConns() {
		all.Go(func() {
			if conn, err := r.pool.Acquire(ctx); err == nil {
				conn.Release()
			}
		})
	}
	all.Wait()
}

// fillFor bounds fill where others took the places.
const fillFor = 20 * time.Millisecond

// keep holds the place of a stand-in until credentials are accepted.
func (c *credentials) keep(s *standIn) {
	gate, _ := c.barred(c.current())
	if gate == nil {
		return
	}
	c.follow()
	c.kept.Add(1)
	defer c.kept.Add(-1)
	select {
	case <-gate:
	case <-s.life.Done():
	}
}
