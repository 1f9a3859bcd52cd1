package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// MigrationDB returns a database for package migrate, with the credentials of
// the pool and connections of its own, and without its limit on statements: an
// index of a large table takes its time. What a migration must not do is wait
// long for a lock on a table, since all queries that come after wait behind it:
// lock_timeout is the pool's Timeout, and a migration that runs into it fails,
// leaves nothing behind, and can be repeated.
//
// Errors of its connections are each an [Error]. The pool must come from [Open].
// The caller closes the database, best as soon as the schema is up to date: it
// holds a connection until then.
func MigrationDB(pool *pgxpool.Pool) *sql.DB {
	c := pool.Config().ConnConfig
	o := observerOf(pool)
	c.RuntimeParams["statement_timeout"] = "0"
	c.RuntimeParams["lock_timeout"] = strconv.FormatInt(max(o.timeout.Milliseconds(), 1), 10)
	c.Tracer = connections{o}
	return sql.OpenDB(connector{stdlib.GetConnector(*c, stdlib.OptionBeforeConnect(o.credentials.apply)), o})
}

// connector makes connections for database/sql, and describes why it did not.
type connector struct {
	driver.Connector
	observer *observer
}

// Connect implements [driver.Connector].
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, c.observer.describe(err)
	}
	return conn, nil
}
