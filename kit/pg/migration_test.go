package pg

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/golive-dev/golive/kit/pg/migrate"
)

// migrating returns the error of a migration with this SQL.
func migrating(t *testing.T, c Config, sql string) error {
	t.Helper()
	db := MigrationDB(open(t, c))
	defer db.Close()
	files := fstest.MapFS{"1_first.sql": {Data: []byte("-- +goose Up\n" + sql + "\n-- +goose Down\nSELECT 1;\n")}}
	m, err := migrate.New(files, db, migrate.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	return m.Up(within(t))
}

// A service logs what its migrations return, as one line that says which
// database, without its user and what people told it.
func TestErrorsOfMigrationsAreFitForALog(t *testing.T) {
	d := newDatabase(t)
	d.Exec("ALTER SCHEMA public OWNER TO "+d.User, "CREATE TABLE people (name text)", "INSERT INTO people VALUES ('"+canary+"')", "ALTER TABLE people OWNER TO "+d.User)
	down := d.config()
	down.URL = "postgres://127.0.0.1:1/orders"
	for name, c := range map[string]struct {
		config Config
		sql    string
		want   string
		status int
	}{
		"the database is down": {down, "SELECT 1;",
			"migrate: reading the schema's version: postgres (127.0.0.1:1, timeout 5s): no connection: connection refused", 503},
		"a value": {d.config(), "ALTER TABLE people ALTER name TYPE int\nUSING name::int; -- kit:contract",
			"migrate: 1_first.sql (up) failed and left nothing behind: a value does not fit (SQLSTATE 22P02)", 0},
		"a mistake": {d.config(), "SELECT *\nFROM missing;",
			`migrate: 1_first.sql (up) failed and left nothing behind: relation "missing" does not exist (SQLSTATE 42P01)`, 0},
	} {
		err := migrating(t, c.config, c.sql)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, c.want)
			continue
		}
		if got, _ := status(err); got != c.status {
			t.Errorf("%s: status %d, want %d", name, got, c.status)
		}
		var described *Error
		if c.status == 503 != errors.As(err, &described) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
