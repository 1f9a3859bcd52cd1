package pg

import (
	"context"
	"log/slog"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Open returns a pool that is not yet connected: the server may be down, now
// and later. Its errors are mistakes in c and name the field, or metrics that
// are registered already.
//
// The pool renews its connections when User or Password changes, until that
// value is closed; so close the values after the pool. Only values of ctx are
// used.
func Open(ctx context.Context, c Config) (*pgxpool.Pool, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	parsed, err := c.parse()
	if err != nil {
		return nil, err
	}
	o, err := newObserver(c, parsed.ConnConfig)
	if err != nil {
		return nil, err
	}
	parsed.ConnConfig.Tracer = o
	parsed.ConnConfig.DialFunc = dial
	parsed.BeforeConnect = chain(parsed.BeforeConnect, o.credentials.apply)
	prepare := parsed.PrepareConn
	parsed.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		if !alive(ctx, conn) {
			return false, nil
		}
		if prepare != nil {
			return prepare(ctx, conn)
		}
		return true, nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if err := metrics.NewPool(c.Registerer, c.Name, func() metrics.PoolStats { return stats(pool) }); err != nil {
		pool.Close()
		return nil, err
	}
	renew(pool, c)
	return pool, nil
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

// renew has every change of a credential renew the pool's connections. Those
// lent out are renewed when they are given back, so that no request fails.
func renew(pool *pgxpool.Pool, c Config) {
	for _, v := range []*secret.Value{c.User, c.Password} {
		if v == nil {
			continue
		}
		v.Subscribe(func(redact.Secret[string]) {
			c.Log.Info("pg.credentials_changed", slog.String("dependency", c.Name), slog.String("secret", v.Name()))
			pool.Reset()
		})
	}
}

func stats(pool *pgxpool.Pool) metrics.PoolStats {
	s := pool.Stat()
	return metrics.PoolStats{
		Open: int(s.TotalConns()), InUse: int(s.AcquiredConns()), Max: int(s.MaxConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(),
	}
}

// Ping returns a check for package health: it borrows a connection, makes one
// if there is none, and asks the server for an answer. A pool that is exhausted
// for longer than the check may take counts as a database that does not answer.
func Ping(pool *pgxpool.Pool) func(context.Context) error {
	o := observerOf(pool)
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, o.timeout)
		defer cancel()
		return Describe(pool, pool.Ping(ctx))
	}
}
