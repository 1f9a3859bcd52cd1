package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"github.com/pressly/goose/v3"
)

// Dialect is a kind of database.
type Dialect string

// The kinds of databases.
const (
	PostgreSQL Dialect = Dialect(goose.DialectPostgres)
	SQLite     Dialect = Dialect(goose.DialectSQLite3)
)

// Migrations are the steps of a schema and the database that they are for. It
// may be used by many goroutines at once.
type Migrations struct {
	// Log gets one line per step, migration.applied or migration.undone; nil
	// is slog.Default(). Set it before the first use.
	Log *slog.Logger

	files    []*file
	provider *goose.Provider
}

// New reads the migrations in the top folder of fsys: files NUMBER_NAME.sql in
// goose's format, applied by ascending number. All are read and checked now, so
// that a mistake in the last is not found after the first was applied. It does
// not connect, and db stays the caller's: it needs one connection, without a
// statement timeout, as pg.MigrationDB gives it.
func New(fsys fs.FS, db *sql.DB, dialect Dialect) (*Migrations, error) {
	files, err := readAll(fsys)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler))}
	switch dialect {
	case PostgreSQL:
		options = append(options, goose.WithSessionLocker(sessionLock{}))
	case SQLite:
	default:
		return nil, fmt.Errorf("migrate: dialect %q is unknown; use migrate.PostgreSQL or migrate.SQLite", dialect)
	}
	provider, err := goose.NewProvider(goose.Dialect(dialect), db, fsys, options...)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return &Migrations{files: files, provider: provider}, nil
}

// Up applies what is not applied yet, and returns nil where nothing is to be
// done: also on the database of a newer version, after a rollback. A step that
// fails is undone; those before it stay. Before the first step, it refuses what
// [Migrations.CheckCompatible] refuses, unless the database is empty of
// migrations: nothing old runs on that.
//
// Errors are one line, without the values that the database repeats; those of
// pg.MigrationDB's connections are a *pg.Error.
func (m *Migrations) Up(ctx context.Context) error {
	current, _, err := m.provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: reading the schema's version: %w", plainly(err))
	}
	if current > 0 {
		if err := m.compatible(func(f *file) bool { return f.version > current }); err != nil {
			return fmt.Errorf("migrate: nothing was applied to version %d: %w", current, err)
		}
	}
	results, err := m.provider.Up(ctx)
	return m.report(ctx, results, err, "migration.applied")
}

// Down undoes, newest first, all migrations with a number greater than to; 0
// undoes all. A step that fails is itself undone; those before it stay.
func (m *Migrations) Down(ctx context.Context, to int64) error {
	results, err := m.provider.DownTo(ctx, to)
	return m.report(ctx, results, err, "migration.undone")
}

// report logs the steps that were made and names the one that failed.
func (m *Migrations) report(ctx context.Context, made []*goose.MigrationResult, err error, event string) error {
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		made = partial.Applied
	}
	log := m.Log
	if log == nil {
		log = slog.Default()
	}
	for _, r := range made {
		log.LogAttrs(ctx, slog.LevelInfo, event,
			slog.Int64("version", r.Source.Version), slog.String("migration", path.Base(r.Source.Path)),
			slog.Float64("duration_ms", float64(r.Duration)/float64(time.Millisecond)))
	}
	switch {
	case err == nil:
		return nil
	case partial != nil:
		return fmt.Errorf("migrate: %s (%s) failed and left nothing behind: %w", path.Base(partial.Failed.Source.Path), partial.Failed.Direction, plainly(partial.Err))
	}
	return fmt.Errorf("migrate: %w", plainly(err))
}

// Step is one migration as [Migrations.Status] finds it.
type Step struct {
	// Version is the number that its file begins with.
	Version int64
	// Name is the file's name.
	Name string
	// Applied is when it was applied, by the database's clock; zero when it
	// was not.
	Applied time.Time
}

// Status returns all migrations by ascending number, and whether they are
// applied.
func (m *Migrations) Status(ctx context.Context) ([]Step, error) {
	found, err := m.provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", plainly(err))
	}
	steps := make([]Step, len(found))
	for i, s := range found {
		steps[i] = Step{Version: s.Source.Version, Name: path.Base(s.Source.Path), Applied: s.AppliedAt}
	}
	return steps, nil
}
