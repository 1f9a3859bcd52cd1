package pg

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/golive-dev/golive/kit/pg/migrate"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func TestOpenRefusesMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"no URL":                {Config{}, "Config.URL is empty"},
		"no URL at all":         {Config{URL: "host=db"}, "must begin with postgres://"},
		"a wrong URL":           {Config{URL: "postgres://db:port/x"}, "Config.URL"},
		"a password":            {Config{URL: "postgres://app:hunter2@db/x"}, "Config.URL holds a password"},
		"a password of many":    {Config{URL: "postgres://app:hunter2@a:1,b:2/x"}, "Config.URL holds a password"},
		"a password as a value": {Config{URL: "postgres://db/x?sslmode=disable&password=hunter2"}, "Config.URL holds a password"},
		"connections":           {Config{URL: "postgres://db/x", MaxConns: -1}, "Config.MaxConns is -1"},
		"timeout":               {Config{URL: "postgres://db/x", Timeout: -1}, "Config.Timeout is -1ns"},
	} {
		_, err := Open(t.Context(), c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want …%s…", name, err, c.want)
		}
	}
	t.Setenv("PGPASSWORD", "hunter2")
	if _, err := Open(t.Context(), Config{URL: "postgres://db/x"}); err == nil || !strings.Contains(err.Error(), "PGPASSWORD") {
		t.Errorf("got %v", err)
	}
}

func TestWhatTheURLLeavesOpen(t *testing.T) {
	for url, encrypted := range map[string]bool{
		"postgres://127.0.0.1/x": false, "postgres://localhost/x": false, "postgres:///x?host=/run/postgresql": false,
		"postgres://db.example.com/x?sslmode=disable": false, "postgres://db.example.com/x": true, "postgres://db.example.com/x?connect_timeout=3": true,
		"postgres://localhost,db.example.com/x": true,
	} {
		c, err := Config{URL: url}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := c.parse()
		if err != nil {
			t.Fatal(err)
		}
		conn := parsed.ConnConfig
		if verified := conn.TLSConfig != nil && !conn.TLSConfig.InsecureSkipVerify; verified != encrypted {
			t.Errorf("%s: the certificate is verified: %v, want %v", url, verified, encrypted)
		}
		for _, f := range conn.Fallbacks {
			if encrypted && f.TLSConfig == nil {
				t.Errorf("%s falls back to no encryption", url)
			}
		}
		if parsed.MaxConns != 10 || conn.ConnectTimeout != 5*time.Second {
			t.Errorf("%s: %d connections, connect timeout %v", url, parsed.MaxConns, conn.ConnectTimeout)
		}
	}
}

func TestAdjustHasItsHooks(t *testing.T) {
	d := newDatabase(t)
	c := d.config()
	connected, prepared, before := 0, 0, 0
	c.Adjust = func(p *pgxpool.Config) {
		p.AfterConnect = func(context.Context, *pgx.Conn) error { connected++; return nil }
		p.PrepareConn = func(context.Context, *pgx.Conn) (bool, error) { prepared++; return true, nil }
		p.BeforeConnect = func(context.Context, *pgx.ConnConfig) error { before++; return nil }
	}
	if err := Ping(open(t, c))(within(t)); err != nil || connected != 1 || prepared != 1 || before != 1 {
		t.Errorf("%v; hooks ran %d, %d, %d times", err, connected, prepared, before)
	}
}

func TestErrorsNameTheDatabase(t *testing.T) {
	d := newDatabase(t)
	c := d.config()
	c.Name, c.Timeout = "orders-db", 3*time.Second
	pool := open(t, c)
	_, err := pool.Exec(within(t), "SELECT $1::text::int", canary)
	err = Describe(pool, err)
	want := "orders-db (127.0.0.1:" + port(d.Port) + ", timeout 3s): a value does not fit (SQLSTATE 22P02)"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = pool.Exec(within(t), "DO $$ BEGIN RAISE 'for "+canary+"'; END $$")
	if err = Describe(pool, err); strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "P0001") {
		t.Errorf("got %v", err)
	}
	_, err = pool.Exec(within(t), "SELECT * FROM missing")
	if err = Describe(pool, err); !strings.Contains(err.Error(), `relation "missing" does not exist (SQLSTATE 42P01)`) || sqlState(err) != "42P01" {
		t.Errorf("got %v", err)
	}
	if again := Describe(pool, err); again != err {
		t.Errorf("described twice: %v", again)
	}
	if Describe(pool, nil) != nil || Describe(pool, pgx.ErrNoRows) != pgx.ErrNoRows {
		t.Error("nil and ErrNoRows must stay as they are")
	}
}

func TestErrorsOfConnectsNameTheDatabase(t *testing.T) {
	c := newDatabase(t).config()
	c.URL = "postgres://127.0.0.1:1/x?sslmode=disable"
	err := Ping(open(t, c))(within(t))
	var described *Error
	if !errors.As(err, &described) || described.Port != 1 || err.Error() != "postgres (127.0.0.1:1, timeout 5s): no connection: connection refused" {
		t.Errorf("got %v", err)
	}
	c.URL = "postgres://127.0.0.1:1/x" // tries to encrypt, and then again not to
	if again := Ping(open(t, c))(within(t)); again == nil || again.Error() != err.Error() {
		t.Errorf("got %v", again)
	}
}

func TestMigrationsTakeTheirTime(t *testing.T) {
	d := newDatabase(t)
	d.Exec("ALTER SCHEMA public OWNER TO " + d.User)
	c := d.config()
	c.Timeout = 200 * time.Millisecond
	pool := open(t, c)
	db := MigrationDB(pool)
	defer db.Close()
	put(t, d.passwordFile, d.newPassword()) // which the database must follow too
	files := fstest.MapFS{"1_slow.sql": {Data: []byte("-- +goose Up\nSELECT pg_sleep(1);\nCREATE TABLE a (b int);\n-- +goose Down\nDROP TABLE a;\n")}}
	m, err := migrate.New(files, db, migrate.PostgreSQL)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Up(within(t)); err != nil {
		t.Error(err)
	}
}

// All queries that come after a migration which waits for a lock wait behind it.
func TestAMigrationThatWaitsForALockFails(t *testing.T) {
	d := withOrders(t)
	c := d.config()
	c.Timeout = 200 * time.Millisecond
	pool := open(t, c)
	db := MigrationDB(pool)
	defer db.Close()
	err := InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE orders"); err != nil {
			return err
		}
		return waited(t, db)
	})
	if err != nil {
		t.Error(err)
	}
}

func waited(t *testing.T, db *sql.DB) error {
	err := ends(t, "a lock", func() error {
		_, err := db.ExecContext(t.Context(), "ALTER TABLE orders ADD note text")
		return err
	})
	if sqlState(err) != "55P03" {
		t.Errorf("got %v, want lock_not_available", err)
	}
	return nil
}
