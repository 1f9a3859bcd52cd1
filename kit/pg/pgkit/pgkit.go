// Package pgkit gives a [kit.Service] its PostgreSQL in one call: a pool with
// the service's telemetry, the password from a mounted file, migrations before
// the service is ready, readiness that follows the database, and an orderly
// end.
//
//	pool, err := pgkit.Open(s, pgkit.Config{
//		URL: c.DatabaseURL, PasswordFile: c.PasswordFile, Migrations: folder,
//	})
//
// It is package pg, package migrate and four methods of the service, for the
// usual case. What is unusual – two databases, alternating users, one that the
// service can do without – is written out with them: Open is 25 lines.
//
// Requirements: data/migrations, deployment/readiness, security/secret-refresh
package pgkit

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/pg/migrate"
)

// Config says which database. Only URL is required.
type Config struct {
	URL          string        // postgres://USER@HOST:PORT/DATABASE, without a password
	PasswordFile string        // read again when it is rotated; "" where the server asks for none
	Timeout      time.Duration // of each statement and each wait; 0 is pg's default, 5 s
	MaxConns     int           // 0 is pg's default, 10
	Migrations   fs.FS         // files of package migrate in its top folder; nil: none
}

// Open connects s to its database, which need not be up: the service is not
// ready before it answers and is migrated. The pool is closed when the service
// has stopped.
func Open(s *kit.Service, c Config) (*pgxpool.Pool, error) {
	config := pg.Config{
		URL: c.URL, Timeout: c.Timeout, MaxConns: c.MaxConns,
		Log: s.Log, Registerer: s.Metrics, Tracer: s.Traces,
	}
	if c.PasswordFile != "" {
		password, err := s.Secret(c.PasswordFile)
		if err != nil {
			return nil, err
		}
		config.Password = password
	}
	pool, err := pg.Open(context.Background(), config)
	if err != nil {
		return nil, err
	}
	s.OnStop("db", func(context.Context) error { pool.Close(); return nil })
	if c.Migrations != nil {
		if err := prepare(s, pool, c.Migrations); err != nil {
			return nil, err
		}
	}
	s.Health.Critical("db", pg.Ping(pool))
	return pool, nil
}

// prepare has the migrations applied before the service is ready.
func prepare(s *kit.Service, pool *pgxpool.Pool, files fs.FS) error {
	db := pg.MigrationDB(pool)
	migrations, err := migrate.New(files, db, migrate.PostgreSQL)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	migrations.Log = s.Log
	s.Before("migrations", migrations.Up)
	s.OnStop("migrations", func(context.Context) error { return db.Close() })
	return nil
}
