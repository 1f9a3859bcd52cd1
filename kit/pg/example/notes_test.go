// Package example_test is a service with a database, as kit's README shows it.
package example_test

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/pg/pgkit"
)

type settings struct {
	DatabaseURL  string `env:"DATABASE_URL"`
	PasswordFile string `env:"DB_PASSWORD_FILE"`
}

//go:embed migrations/*.sql
var files embed.FS

// buildNotes is a service with a database, as kit's README shows it.
func buildNotes(s *kit.Service, c settings) error {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		return err
	}
	pool, err := pgkit.Open(s, pgkit.Config{
		URL: c.DatabaseURL, PasswordFile: c.PasswordFile, Timeout: 500 * time.Millisecond, Migrations: folder,
	})
	if err != nil {
		return err
	}
	s.HandleFunc("POST /notes", func(w http.ResponseWriter, r *http.Request) error {
		err := pg.InTx(r.Context(), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO notes (text) VALUES ($1)", "kept")
			return err
		})
		if err != nil {
			return err // 503 where the database is away
		}
		w.WriteHeader(http.StatusCreated)
		return nil
	})
	return nil
}

func TestAServiceWithADatabase(t *testing.T) {
	db := kittest.Postgres(t)
	_, password := db.Files()
	env := map[string]string{
		"PORT": "0", "OPS_PORT": "0", "PROBE_PERIOD": "10ms", "DB_PASSWORD_FILE": password,
		"DATABASE_URL": fmt.Sprintf("postgres://%s@%s:%v/%s?sslmode=disable", db.User, db.Host, db.Port, db.Name),
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code := kit.Run(ctx, kit.Options{
		Name: "notes", Out: t.Output(),
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Listening: func(service, ops string) {
			go func() {
				defer stop()
				for deadline := time.Now().Add(20 * time.Second); ask(t, "GET", "http://"+ops+"/readyz") != 200; time.Sleep(10 * time.Millisecond) {
					if time.Now().After(deadline) {
						t.Error("never ready")
						return
					}
				}
				if got := ask(t, "POST", "http://"+service+"/notes"); got != 201 {
					t.Errorf("answered %d", got)
				}
			}()
		},
	}, buildNotes)
	http.DefaultClient.CloseIdleConnections()
	if rows := db.Query("SELECT text FROM notes"); code != 0 || len(rows) != 1 || rows[0] != "kept" {
		t.Errorf("exit code %d, rows %q", code, rows)
	}
}

func ask(t *testing.T, method, url string) int {
	t.Helper()
	q, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
