package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/golive-dev/golive/kit/pg/migrate"
)

//go:embed migrations
var migrations embed.FS

// up brings a schema forward by the migrations of a folder.
func up(ctx context.Context, db *sql.DB, dialect migrate.Dialect, folder string, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	m, err := migrate.New(files, db, dialect)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	m.Log = log
	return m.Up(ctx)
}
