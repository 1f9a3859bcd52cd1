package migrate

import (
	"database/sql"
	"strings"
	"testing"
	"testing/fstest"
)

func TestNewRefusesWhatCouldLeaveAHalfState(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no number":         {"orders.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\n", "must begin with a number"},
		"no Down":           {"1_a.sql", "-- +goose Up\nSELECT 1;\n", "does not say how it is undone"},
		"COMMIT":            {"1_a.sql", "-- +goose Up\nSELECT 1;\nCOMMIT;\n-- +goose Down\n", "line 3: COMMIT"},
		"BEGIN":             {"1_a.sql", "-- +goose Up\nbegin;\n-- +goose Down\n", "line 2: BEGIN"},
		"two outside":       {"1_a.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;\nSELECT 2;\n-- +goose Down\n", "NO TRANSACTION with 2 statements"},
		"from environment":  {"1_a.sql", "-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1;\n-- +goose Down\n", "ENVSUB"},
		"a number in use":   {"1_b.sql", "-- +goose Up\n-- +goose Down\n", "duplicate"},
		"nothing is a file": {"", "", "no files *.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"sub/1_x.sql": {}}
			if c.file != "" {
				files[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			}
			if c.want == "duplicate" {
				files["01_a.sql"] = &fstest.MapFile{Data: []byte(c.text)}
			}
			db, _ := sql.Open("pgx", "postgres://127.0.0.1:1/none")
			defer db.Close()
			if _, err := New(files, db, PostgreSQL); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
}

func TestNewTellsAllFilesThatAreWrong(t *testing.T) {
	files := fstest.MapFS{"a.sql": {}, "2_b.sql": {Data: []byte("-- +goose Up\n")}}
	_, err := New(files, nil, PostgreSQL)
	if err == nil || !strings.Contains(err.Error(), "a.sql") || !strings.Contains(err.Error(), "2_b.sql") {
		t.Errorf("got %v", err)
	}
}

func TestOneStatementMayRunWithoutTransaction(t *testing.T) {
	migrations(t, fstest.MapFS{"1_a.sql": {Data: []byte(
		"-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON c (a);\n-- +goose Down\nDROP INDEX CONCURRENTLY i;\n")}})
}

func TestADialectMustBeKnown(t *testing.T) {
	db, _ := sql.Open("pgx", "postgres://127.0.0.1:1/none")
	defer db.Close()
	if _, err := New(written("SELECT 1;"), db, "oracle"); err == nil || !strings.Contains(err.Error(), "oracle") {
		t.Errorf("got %v", err)
	}
}
