package pgkit_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/pg/pgkit"
)

func file(text string) fstest.MapFS {
	return fstest.MapFS{"00001_notes.sql": {Data: []byte(text)}}
}

const notes = "-- +goose Up\nCREATE TABLE notes (text text NOT NULL);\n\n-- +goose Down\nDROP TABLE notes;\n"

// run runs a service with the database until it was asked once, or did not
// start, and returns its exit code and the status of the answer.
func run(t *testing.T, c pgkit.Config) (code, status int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	env := map[string]string{"PORT": "0", "OPS_PORT": "0", "PROBE_PERIOD": "10ms"}
	var pool *pgxpool.Pool
	code = kit.Run(ctx, kit.Options{
		Name: "notes", Out: t.Output(),
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Listening: func(service, ops string) {
			go func() {
				defer stop()
				for ask(ctx, "http://"+ops+"/readyz") != 200 && ctx.Err() == nil {
					time.Sleep(10 * time.Millisecond)
				}
				status = ask(ctx, "http://"+service+"/notes")
			}()
		},
	}, func(s *kit.Service, _ struct{}) (err error) {
		s.HandleFunc("GET /notes", func(w http.ResponseWriter, r *http.Request) error {
			_, err := pool.Exec(r.Context(), "INSERT INTO notes (text) VALUES ('kept')")
			return err
		})
		pool, err = pgkit.Open(s, c)
		return err
	})
	http.DefaultClient.CloseIdleConnections()
	return code, status
}

func ask(ctx context.Context, url string) int {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestAServiceGetsItsDatabase(t *testing.T) {
	db := kittest.Postgres(t)
	_, password := db.Files()
	url := fmt.Sprintf("postgres://%s@%s:%v/%s?sslmode=disable", db.User, db.Host, db.Port, db.Name)
	code, status := run(t, pgkit.Config{URL: url, PasswordFile: password, Migrations: file(notes)})
	if rows := strings.Join(db.Query("SELECT text FROM notes"), " "); code != 0 || status != 200 || rows != "kept" {
		t.Errorf("exit code %d, status %d, rows %q", code, status, rows)
	}
}

func TestWhatIsWrongStopsTheStart(t *testing.T) {
	for name, c := range map[string]pgkit.Config{
		"a password in the URL":            {URL: "postgres://u:hunter2@127.0.0.1:1/x"},
		"no such file":                     {URL: "postgres://u@127.0.0.1:1/x", PasswordFile: "/nowhere/password"},
		"a migration that has no way back": {URL: "postgres://u@127.0.0.1:1/x", Migrations: file("-- +goose Up\nSELECT 1;\n")},
	} {
		if code, _ := run(t, c); code != 1 {
			t.Errorf("%s: exit code %d", name, code)
		}
	}
}
