package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/golive-dev/golive/kit/data"
	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/pg/migrate"
)

// OpenPostgres returns a store in the database that c names. The server need
// not be up. Timeouts and the name in telemetry are set here.
func OpenPostgres(ctx context.Context, c pg.Config) (*Store, error) {
	c.Name = "db"
	c.Timeout = Timeout * 4 / 5 // of a statement; with what the client waits beyond it, below Timeout
	pool, err := pg.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	s := &Store{
		Keys: pg.IdempotencyStore(pool),
		Ping: pg.Ping(pool),
		db:   stdlib.OpenDBFromPool(pool),
		again: func(ctx context.Context, work func(context.Context) error) error {
			return pg.Retry(ctx, pool, work)
		},
		rules: []data.Rule{{Name: "idempotency keys", Keep: time.Hour, Sweep: pg.IdempotencySweep(pool)}},
	}
	s.Migrate = func(ctx context.Context) error {
		db := pg.MigrationDB(pool) // without the limit on statements
		defer db.Close()
		return up(ctx, db, migrate.PostgreSQL, "postgres", c.Log)
	}
	s.Close = func(context.Context) error {
		defer pool.Close()
		return s.db.Close()
	}
	return s, nil
}
