package pg

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must happen, on a machine that is busy. What hangs for
// ever without this package takes much longer.
const patience = 30 * time.Second

// database is a database of the test's own with its credentials in files.
type database struct {
	*kittest.Database
	t                          testing.TB
	userFile, passwordFile     string
	userSecret, passwordSecret *secret.Value
}

func newDatabase(t testing.TB) *database {
	t.Helper()
	d := &database{Database: kittest.Postgres(t), t: t}
	d.userFile, d.passwordFile = d.Files()
	d.userSecret, d.passwordSecret = watch(t, d.userFile), watch(t, d.passwordFile)
	return d
}

func watch(t testing.TB, path string) *secret.Value {
	t.Helper()
	v, err := secret.Watch(t.Context(), secret.File(path), secret.Options{Every: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// config returns what opens the database with its credentials.
func (d *database) config() Config {
	return Config{URL: d.Address, User: d.userSecret, Password: d.passwordSecret}
}

// open opens a pool that is closed with the test.
func open(t testing.TB, c Config) *pgxpool.Pool {
	t.Helper()
	pool, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// put replaces a mounted file at once, as platforms do.
func put(t testing.TB, path, text string) {
	t.Helper()
	next := path + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

// await polls until it holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// fill opens n connections of the pool.
func fill(t testing.TB, pool *pgxpool.Pool, n int) {
	t.Helper()
	held := make([]*pgxpool.Conn, n)
	for i := range held {
		var err error
		if held[i], err = pool.Acquire(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range held {
		c.Release()
	}
}
