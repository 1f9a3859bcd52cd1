package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/prometheus/client_golang/prometheus"
	_ "modernc.org/sqlite" // the driver

	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/pg/migrate"
)

// OpenSQLite returns a store in a file, which one process at a time may use.
func OpenSQLite(file string, log *slog.Logger, r prometheus.Registerer) (*Store, error) {
	db, err := sql.Open("sqlite", source(file))
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1) // SQLite has one writer; so none ever meets a lock
	err = metrics.NewPool(r, "db", func() metrics.PoolStats {
		s := db.Stats()
		return metrics.PoolStats{Open: s.OpenConnections, InUse: s.InUse, Max: s.MaxOpenConnections, Waits: s.WaitCount, Waited: s.WaitDuration}
	})
	if err != nil {
		return nil, err
	}
	return &Store{
		Keys:    idempotency.NewMemory(0),
		Ping:    db.PingContext,
		Migrate: func(ctx context.Context) error { return up(ctx, db, migrate.SQLite, "sqlite", log) },
		Close:   func(context.Context) error { return db.Close() },
		db:      db,
		again:   func(ctx context.Context, work func(context.Context) error) error { return work(ctx) },
		wipe:    `PRAGMA wal_checkpoint(TRUNCATE)`,
	}, nil
}

// source says how a file is used: with a log that is written ahead, so that a
// crash loses nothing that was committed; with a wait for whoever else looks
// into it; with zeros over what is removed.
func source(file string) string {
	u := url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: url.Values{
		"_pragma": {"journal_mode(WAL)", "busy_timeout(400)", "secure_delete(ON)"},
		"_txlock": {"immediate"}, "_time_format": {"sqlite"},
	}.Encode()}
	return u.String()
}
