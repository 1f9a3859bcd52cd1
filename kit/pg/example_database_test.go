package pg_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/pg"
)

// example stands in for the *testing.T that examples do not get.
type example struct {
	testing.TB
	cleanups []func()
}

func (e *example) Helper()                           {}
func (e *example) Cleanup(f func())                  { e.cleanups = append(e.cleanups, f) }
func (e *example) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (e *example) TempDir() string {
	dir, err := os.MkdirTemp("", "pg-example-")
	if err != nil {
		panic(err)
	}
	e.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// end runs the cleanups, last first.
func (e *example) end() {
	for i := len(e.cleanups) - 1; i >= 0; i-- {
		e.cleanups[i]()
	}
}

// startDatabase returns the address and the files of the credentials of a
// throw-away PostgreSQL with a table of orders and one of idempotency keys.
func startDatabase() (address, user, password string, stop func()) {
	e := &example{}
	d := kittest.Postgres(e)
	d.Exec("CREATE TABLE orders (id bigserial PRIMARY KEY, item text)", "ALTER TABLE orders OWNER TO "+d.User)
	d.Exec(pg.IdempotencySchema, "ALTER TABLE idempotency_keys OWNER TO "+d.User)
	user, password = d.Files()
	return d.Address, user, password, e.end
}
