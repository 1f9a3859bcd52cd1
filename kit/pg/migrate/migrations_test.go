package migrate

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		os.Exit(migrateAsChild(url))
	}
	goleak.VerifyTestMain(m)
}

// patience bounds what must happen, on a machine that is busy.
const patience = time.Minute

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func open(t *testing.T, driver, url string, connections int) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(connections)
	t.Cleanup(func() { db.Close() })
	return db
}

func step(up, down string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + up + "\n-- +goose Down\n" + down + "\n")}
}

// orders are migrations as a service has them; each leaves a table.
func orders() fstest.MapFS {
	return fstest.MapFS{
		"00001_orders.sql":    step("CREATE TABLE orders (id int PRIMARY KEY);", "DROP TABLE orders;"),
		"00002_customers.sql": step("CREATE TABLE customers (id int PRIMARY KEY);", "DROP TABLE customers;"),
		"00003_items.sql":     step("CREATE TABLE items (id int PRIMARY KEY);\nALTER TABLE orders ADD item int;", "ALTER TABLE orders DROP item;\nDROP TABLE items;"),
	}
}

func made(t *testing.T, files fstest.MapFS, db *sql.DB, dialect Dialect) *Migrations {
	t.Helper()
	m, err := New(files, db, dialect)
	if err != nil {
		t.Fatal(err)
	}
	m.Log = slog.New(slog.DiscardHandler)
	return m
}

// applied returns the versions that Status calls applied.
func applied(t *testing.T, m *Migrations) []int64 {
	t.Helper()
	steps, err := m.Status(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var versions []int64
	for _, s := range steps {
		if !s.Applied.IsZero() {
			versions = append(versions, s.Version)
		}
	}
	return versions
}

// dialects runs a test on a real PostgreSQL with one connection only, since a
// session lock and a second connection for the work would wait for each other
// for ever, and on SQLite.
func dialects(t *testing.T, test func(t *testing.T, db *sql.DB, dialect Dialect)) {
	t.Run("postgres", func(t *testing.T) { test(t, open(t, "pgx", kittest.Postgres(t).URL, 1), PostgreSQL) })
	t.Run("sqlite", func(t *testing.T) {
		test(t, open(t, "sqlite", filepath.Join(t.TempDir(), "orders.db"), 1), SQLite)
	})
}

func TestUpDownUp(t *testing.T) {
	dialects(t, func(t *testing.T, db *sql.DB, dialect Dialect) {
		m := made(t, orders(), db, dialect)
		for _, want := range [][]int64{{1, 2, 3}, {1}, {1, 2, 3}, nil, {1, 2, 3}, {1, 2, 3}} {
			var err error
			switch len(want) {
			case 3:
				err = m.Up(within(t))
			default:
				err = m.Down(within(t), int64(len(want)))
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := applied(t, m); !slices.Equal(got, want) {
				t.Fatalf("applied: %v, want %v", got, want)
			}
		}
	})
}

func TestAFailingStepLeavesNoHalfState(t *testing.T) {
	dialects(t, func(t *testing.T, db *sql.DB, dialect Dialect) {
		files := orders()
		files["00003_items.sql"] = step("CREATE TABLE items (id int);\nALTER TABLE missing ADD item int;", "DROP TABLE items;")
		m := made(t, files, db, dialect)
		err := m.Up(within(t))
		if err == nil || !strings.Contains(err.Error(), "00003_items.sql (up) failed and left nothing behind") || !strings.Contains(err.Error(), "missing") {
			t.Fatalf("got %v", err)
		}
		if got := applied(t, m); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("applied: %v, want the two before", got)
		}
		if _, err := db.ExecContext(within(t), "SELECT * FROM items"); err == nil {
			t.Error("the failing step left its first table behind")
		}
		if err := made(t, orders(), db, dialect).Up(within(t)); err != nil {
			t.Errorf("mended, it still fails: %v", err)
		}
	})
}

func TestAFailingDownLeavesNoHalfState(t *testing.T) {
	dialects(t, func(t *testing.T, db *sql.DB, dialect Dialect) {
		files := orders()
		files["00002_customers.sql"] = step("CREATE TABLE customers (id int);", "DROP TABLE customers;\nDROP TABLE missing;")
		m := made(t, files, db, dialect)
		if err := m.Up(within(t)); err != nil {
			t.Fatal(err)
		}
		if err := m.Down(within(t), 0); err == nil || !strings.Contains(err.Error(), "00002_customers.sql (down) failed") {
			t.Fatalf("got %v", err)
		}
		if got := applied(t, m); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("applied: %v, want 1 and 2", got)
		}
		if _, err := db.ExecContext(within(t), "SELECT * FROM customers"); err != nil {
			t.Errorf("the failing step took its first table away: %v", err)
		}
	})
}

// After a rollback, the version before starts on the schema of the newer one.
func TestTheVersionBeforeStartsOnTheNewSchema(t *testing.T) {
	dialects(t, func(t *testing.T, db *sql.DB, dialect Dialect) {
		if err := made(t, orders(), db, dialect).Up(within(t)); err != nil {
			t.Fatal(err)
		}
		before := orders()
		delete(before, "00003_items.sql")
		if err := made(t, before, db, dialect).Up(within(t)); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestUpRefusesWhatTheVersionBeforeDoesNotSurvive(t *testing.T) {
	dialects(t, func(t *testing.T, db *sql.DB, dialect Dialect) {
		if err := made(t, orders(), db, dialect).Up(within(t)); err != nil {
			t.Fatal(err)
		}
		files := orders()
		files["00004_more.sql"] = step("CREATE TABLE more (id int);", "DROP TABLE more;")
		files["00005_less.sql"] = step("DROP TABLE customers;", "CREATE TABLE customers (id int);")
		m := made(t, files, db, dialect)
		if err := m.Up(within(t)); !IsIncompatible(err) {
			t.Fatalf("got %v", err)
		}
		if got := applied(t, m); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("applied: %v; nothing must be, before all are judged", got)
		}
		files["00005_less.sql"] = step("-- kit:contract\nDROP TABLE customers;", "CREATE TABLE customers (id int);")
		if err := made(t, files, db, dialect).Up(within(t)); err != nil {
			t.Errorf("marked: %v", err)
		}
	})
}

// Nothing old runs on an empty database: a schema's history may hold a DROP.
func TestUpOfAnEmptyDatabaseAsksNoMark(t *testing.T) {
	dialects(t, func(t *testing.T, db *sql.DB, dialect Dialect) {
		files := orders()
		files["00004_less.sql"] = step("DROP TABLE customers;", "CREATE TABLE customers (id int);")
		if err := made(t, files, db, dialect).Up(within(t)); err != nil {
			t.Error(err)
		}
	})
}

func TestStepsAreLogged(t *testing.T) {
	var out bytes.Buffer
	m := made(t, orders(), open(t, "pgx", kittest.Postgres(t).URL, 1), PostgreSQL)
	m.Log = slog.New(slog.NewTextHandler(&out, nil))
	if err := m.Up(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := m.Down(within(t), 2); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "msg=migration.applied"); n != 3 {
		t.Errorf("%d lines of steps applied, want 3:\n%s", n, &out)
	}
	if !strings.Contains(out.String(), "msg=migration.undone version=3 migration=00003_items.sql") {
		t.Errorf("no line of the step undone:\n%s", &out)
	}
}

func TestTheLockIsWaitedForUntilTheDeadline(t *testing.T) {
	d := kittest.Postgres(t)
	holder, err := open(t, "pgx", d.URL, 1).Conn(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := (sessionLock{}).SessionLock(within(t), holder); err != nil {
		t.Fatal(err)
	}
	db := open(t, "pgx", d.URL, 1)
	m := made(t, orders(), db, PostgreSQL)
	ctx, cancel := context.WithTimeout(t.Context(), 4*lockPause)
	defer cancel()
	if err := m.Up(ctx); err == nil || !strings.Contains(err.Error(), "another process holds the lock") {
		t.Errorf("got %v", err)
	}
	ended := make(chan error)
	go func() { ended <- m.Up(within(t)) }()
	if err := (sessionLock{}).SessionUnlock(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("after the lock was given back: %v", err)
	}
	holder.Close()
}

// A caller that gives up in the middle of a step must leave neither the step
// nor the lock behind.
func TestACallerThatGivesUpLeavesNoLock(t *testing.T) {
	d := kittest.Postgres(t)
	files := fstest.MapFS{"1_slow.sql": step("CREATE TABLE a (id int);\nSELECT pg_sleep(600);", "DROP TABLE a;")}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- made(t, files, open(t, "pgx", d.URL, 1), PostgreSQL).Up(ctx) }()
	sleeping := "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active' AND datname = '" + d.Name + "'"
	for deadline := time.Now().Add(patience); d.Query(sleeping) == nil; {
		if time.Now().After(deadline) {
			t.Fatal("the step never began")
		}
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("no error")
	}
	if err := made(t, orders(), open(t, "pgx", d.URL, 1), PostgreSQL).Up(within(t)); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// childURL is where the test binary, started again, migrates what it is told.
const childURL = "MIGRATE_CHILD_URL"

func migrateAsChild(url string) int {
	db, err := sql.Open("pgx", url)
	if err == nil {
		db.SetMaxOpenConns(1)
		var m *Migrations
		if m, err = New(slow(), db, PostgreSQL); err == nil {
			err = m.Up(context.Background())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// slow takes long enough for all processes to meet.
func slow() fstest.MapFS {
	files := orders()
	files["00002_customers.sql"] = step("CREATE TABLE customers (id int);\nSELECT pg_sleep(0.5);", "DROP TABLE customers;")
	return files
}

func TestProcessesThatMigrateAtOnceTakeTurns(t *testing.T) {
	d := kittest.Postgres(t)
	var children [4]*exec.Cmd
	var outputs [4]bytes.Buffer
	for i := range children {
		children[i] = exec.CommandContext(within(t), os.Args[0])
		children[i].Env = append(os.Environ(), childURL+"="+d.URL)
		children[i].Stderr = &outputs[i]
		if err := children[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range children {
		if err := c.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, &outputs[i])
		}
	}
	if rows := d.Query("SELECT version_id FROM goose_db_version ORDER BY id"); !slices.Equal(rows, []string{"0", "1", "2", "3"}) {
		t.Errorf("steps as they were made: %v, want each once", rows)
	}
	if rows := d.Query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"); rows != nil {
		t.Error("a lock is left")
	}
}
