package store

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/pg/migrate"
)

// Forward, back to nothing and forward again, and no step that the version
// before would not survive.
func TestMigrationsGoBothWays(t *testing.T) {
	for _, c := range []struct {
		dialect        migrate.Dialect
		folder, driver string
		source         func(*testing.T) string
	}{
		{migrate.PostgreSQL, "postgres", "pgx", func(t *testing.T) string { return kittest.Postgres(t).URL }},
		{migrate.SQLite, "sqlite", "sqlite", func(t *testing.T) string { return source(filepath.Join(t.TempDir(), "a.db")) }},
	} {
		t.Run(c.folder, func(t *testing.T) {
			db, err := sql.Open(c.driver, c.source(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			files, err := fs.Sub(migrations, "migrations/"+c.folder)
			if err != nil {
				t.Fatal(err)
			}
			m, err := migrate.New(files, db, c.dialect)
			if err != nil {
				t.Fatal(err)
			}
			m.Log = kittest.NewLogs(t).Logger
			if err := m.CheckCompatible(); err != nil {
				t.Error(err)
			}
			for range 2 {
				if err := m.Up(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := m.Down(t.Context(), 0); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestTheTableOfKeysIsThatOfKit(t *testing.T) {
	text, err := fs.ReadFile(migrations, "migrations/postgres/00002_idempotency_keys.sql")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), strings.TrimSpace(pg.IdempotencySchema)) {
		t.Error("kit's table has changed; add a migration that does the same")
	}
}
