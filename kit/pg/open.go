package pg

import (
	"context"
	"log/slog"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
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
	o.conns = parsed.MaxConns
	adjust := parsed.BeforeConnect
	hook(parsed, o)
	pool, err := pgxpool.NewWithConfig(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if err := metrics.NewPool(c.Registerer, c.Name, func() metrics.PoolStats { return o.stats(pool) }); err != nil {
		pool.Close()
		return nil, err
	}
	o.credentials.begin(pool, adjust)
	renew(o.credentials)
	return pool, nil
}

// renew has every change of a credential renew the pool's connections. Those
// lent out are renewed when they are given back, so that no request fails.
func renew(c *credentials) {
	for _, v := range []*secret.Value{c.user, c.password} {
		if v == nil {
			continue
		}
		v.Subscribe(func(redact.Secret[string]) {
			c.log.Info("pg.credentials_changed", slog.String("dependency", c.name), slog.String("secret", v.Name()))
			c.changed()
		})
	}
}

// stats leaves out the places that stand-ins have.
func (o *observer) stats(pool *pgxpool.Pool) metrics.PoolStats {
	s, kept := pool.Stat(), o.credentials.kept.Load()
	return metrics.PoolStats{
		Open: int(max(s.TotalConns()-kept, 0)), InUse: int(max(s.AcquiredConns()-kept, 0)), Max: int(s.MaxConns()),
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
