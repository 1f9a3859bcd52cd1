package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// idleFor is after how long without use a connection is asked whether it lives,
// as pgx has it.
const idleFor = time.Second

// hook sets what this package does at each step of a connection's life. The
// user's hooks run as well, but not for stand-ins.
func hook(c *pgxpool.Config, o *observer) {
	c.ConnConfig.Tracer = o
	c.ConnConfig.DialFunc = dial
	c.BeforeConnect = chain(c.BeforeConnect, o.credentials.admit)
	c.AfterConnect = afterConnect(c.AfterConnect)
	c.ShouldPing = shouldPing(c.ShouldPing)
	if before := c.BeforeAcquire; before != nil && c.PrepareConn == nil {
		c.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) { return before(ctx, conn), nil }
	}
	c.PrepareConn = prepareConn(c.PrepareConn, o.credentials)
	c.BeforeClose = beforeClose(c.BeforeClose, o.credentials)
}

// chain runs the user's hook before ours, which has the last word.
func chain(first, second func(context.Context, *pgx.ConnConfig) error) func(context.Context, *pgx.ConnConfig) error {
	if first == nil {
		return second
	}
	return func(ctx context.Context, c *pgx.ConnConfig) error {
		if err := first(ctx, c); err != nil {
			return err
		}
		return second(ctx, c)
	}
}

func afterConnect(users func(context.Context, *pgx.Conn) error) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		if users == nil || standInOf(conn) != nil {
			return nil
		}
		return users(ctx, conn)
	}
}

// shouldPing runs once for each connection that a wait is given, and counts it.
func shouldPing(users func(context.Context, pgxpool.ShouldPingParams) bool) func(context.Context, pgxpool.ShouldPingParams) bool {
	return func(ctx context.Context, p pgxpool.ShouldPingParams) bool {
		if w, ok := ctx.Value(acquiring{}).(*wait); ok {
			w.tries.Add(1)
		}
		switch {
		case standInOf(p.Conn) != nil:
			return false
		case users != nil:
			return users(ctx, p)
		}
		return p.IdleDuration > idleFor
	}
}

// prepareConn passes over connections that ended. The pool has whoever waits go
// on to the next one.
func prepareConn(users func(context.Context, *pgx.Conn) (bool, error), c *credentials) func(context.Context, *pgx.Conn) (bool, error) {
	return func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		switch {
		case standInOf(conn) != nil && ctx.Value(filling{}) != nil:
			return false, errFilled
		case standInOf(conn) != nil:
			c.fill(ctx)
			return false, nil
		case !alive(ctx, conn):
			return false, nil
		}
		if users != nil {
			return users(ctx, conn)
		}
		return true, nil
	}
}

func beforeClose(users func(*pgx.Conn), c *credentials) func(*pgx.Conn) {
	return func(conn *pgx.Conn) {
		if s := standInOf(conn); s != nil {
			c.keep(s)
		} else if users != nil {
			users(conn)
		}
	}
}
