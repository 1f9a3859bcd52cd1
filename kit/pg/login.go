package pg

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// admit is the pool's BeforeConnect. Whoever waits for a connection is bound to
// the one that is made for it, and fails with it, although another may become
// free. So where the credentials are refused, it gets a stand-in, and the pool
// has it wait in line with all others.
func (c *credentials) admit(ctx context.Context, config *pgx.ConnConfig) error {
	w, ok := ctx.Value(acquiring{}).(*wait)
	if !c.change() || !ok {
		return c.apply(ctx, config)
	}
	c.lives(ctx)
	if w.tries.Load() >= w.limit { // there is no other wait after this one
		return c.proven(ctx, config)
	}
	l := c.latest(ctx)
	config.User, config.Password = l.user, l.password.Reveal()
	if gate, refusal := c.barred(l); gate != nil {
		stands(ctx, config, refusal)
	} else {
		logsIn(ctx, config)
	}
	return nil
}

// proven waits until credentials are accepted.
func (c *credentials) proven(ctx context.Context, config *pgx.ConnConfig) error {
	for ctx.Err() == nil {
		l := c.latest(ctx)
		gate, _ := c.barred(l)
		if gate == nil {
			if isRefused(c.try(ctx, l)) {
				continue // now there is a gate, or another login
			}
			config.User, config.Password = l.user, l.password.Reveal()
			return nil
		}
		c.follow()
		select {
		case <-gate:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// logsIn has the login done before pgx does it, on the connection that pgx made,
// so that a refusal becomes a stand-in. Life ends with the pool.
func logsIn(life context.Context, config *pgx.ConnConfig) {
	session, first := config.Config.Copy(), config.AfterNetConnect
	bare(session)
	config.ChannelBinding, config.RequireAuth = "", "" // session's are checked
	config.ValidateConnect, config.AfterConnect = genuine(config.ValidateConnect), genuine(config.AfterConnect)
	config.AfterNetConnect = func(ctx context.Context, c *pgconn.Config, conn net.Conn) (net.Conn, error) {
		if first != nil {
			var err error
			if conn, err = first(ctx, c, conn); err != nil {
				return conn, err
			}
		}
		session, reader := session.Copy(), io.Reader(nil)
		session.DialFunc = func(context.Context, string, string) (net.Conn, error) { return conn, nil }
		build := session.BuildFrontend
		session.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
			reader = r
			return build(r, w)
		}
		made, err := pgconn.ConnectConfig(ctx, session)
		if isRefused(err) {
			return newStandIn(life, err), nil
		}
		if err != nil {
			return conn, cause(err)
		}
		h, err := made.Hijack()
		if err != nil {
			return conn, err
		}
		return &resumed{Conn: h.Conn, reader: reader, greeting: greeting(h)}, nil
	}
}

// bare leaves of a configuration what a login needs on a connection that is
// there.
func bare(c *pgconn.Config) {
	c.TLSConfig, c.Fallbacks, c.SSLCertMode = nil, nil, ""
	c.AfterNetConnect, c.ValidateConnect, c.AfterConnect = nil, nil, nil
	c.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
}

// genuine is a hook of connections that stand-ins do without.
func genuine[F ~func(context.Context, *pgconn.PgConn) error](hook F) F {
	if hook == nil {
		return nil
	}
	return func(ctx context.Context, conn *pgconn.PgConn) error {
		if _, ok := conn.Conn().(*standIn); ok {
			return nil
		}
		return hook(ctx, conn)
	}
}

// cause takes off what the connect around a login says as well.
func cause(err error) error {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return err
	}
	joined, ok := connect.Unwrap().(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 1 {
		return err
	}
	if inner := errors.Unwrap(joined.Unwrap()[0]); inner != nil {
		return inner
	}
	return err
}

// resumed is a connection that is logged in. To pgx, which logs in itself, it
// plays a server that asks for no password.
type resumed struct {
	net.Conn
	reader   io.Reader // of the login: after a slow write, one of its reads may still be under way
	asked    bool      // for a session, by pgx
	greeting []byte    // that pgx has not read yet
}

// NetConn returns the connection beneath, as that of [tls.Conn] does.
func (r *resumed) NetConn() net.Conn { return r.Conn }

// Read reads the greeting and then from the server.
func (r *resumed) Read(p []byte) (int, error) {
	if len(r.greeting) > 0 {
		n := copy(p, r.greeting)
		r.greeting = r.greeting[n:]
		return n, nil
	}
	return r.reader.Read(p)
}

// Write keeps the first message from the server, which has got one.
func (r *resumed) Write(p []byte) (int, error) {
	if !r.asked {
		r.asked = true
		return len(p), nil
	}
	return r.Conn.Write(p)
}

// greeting is what the server said after the login, once more.
func greeting(h *pgconn.HijackedConn) []byte {
	said := []pgproto3.BackendMessage{&pgproto3.AuthenticationOk{}}
	for name, value := range h.ParameterStatuses {
		said = append(said, &pgproto3.ParameterStatus{Name: name, Value: value})
	}
	said = append(said, &pgproto3.BackendKeyData{ProcessID: h.PID, SecretKey: h.SecretKey}, &pgproto3.ReadyForQuery{TxStatus: h.TxStatus})
	var b []byte
	for _, m := range said {
		b, _ = m.Encode(b) // which fails only beyond 1 GiB
	}
	return b
}
