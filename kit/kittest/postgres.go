//go:build unix

package kittest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Database is a PostgreSQL database of one test, on a throw-away server that
// all tests of the binary share. It is dropped at the end of its test.
type Database struct {
	// URL connects as User, who owns the database and is no superuser:
	// postgres://USER:PASSWORD@127.0.0.1:PORT/NAME?sslmode=disable.
	URL string
	// Address is URL without user and password.
	Address string
	// Superuser connects to the same database as the server's superuser, who
	// may create roles, change passwords and end sessions.
	Superuser string
	// Host is the server's address, always 127.0.0.1, and Port its TCP port.
	Host string
	// Port is the server's TCP port.
	Port int
	// Name is the database's name; no other test has the same.
	Name string
	// User is the role that owns the database.
	User string
	// Password is that of User, as it was when the test began.
	Password string

	t      testing.TB
	server *postgresServer
}

// databases numbers the databases of the binary.
var databases atomic.Int64

// Postgres returns an empty database on a real PostgreSQL server, made from
// the binaries initdb, postgres and psql on the PATH or in
// /usr/lib/postgresql/*/bin. The server starts with the first call of the
// test binary, takes about two seconds for it, listens on loopback only, is
// durable in nothing, and ends with the binary, however that ends.
//
// The test fails, and is never skipped, where PostgreSQL is missing. Postgres
// exists on Unix only.
func Postgres(t testing.TB) *Database {
	t.Helper()
	server, err := sharedPostgres()
	if err != nil {
		t.Fatalf("kittest: %v", err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	d := &Database{
		Host: "127.0.0.1", Port: server.port, Name: name, User: name + "_owner", Password: rand.Text(),
		t: t, server: server,
	}
	d.Address = d.link(nil)
	d.URL = d.link(url.UserPassword(d.User, d.Password))
	d.Superuser = d.link(url.UserPassword(postgresSuperuser, server.password))
	d.admin(
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", d.User, d.Password),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", d.Name, d.User),
	)
	t.Cleanup(func() {
		d.admin(
			fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", d.Name),
			fmt.Sprintf("DROP ROLE IF EXISTS %s", d.User),
		)
	})
	return d
}

// Exec runs statements as the superuser, each by itself, and fails the test
// if one fails.
func (d *Database) Exec(statements ...string) {
	d.t.Helper()
	d.run(d.Name, statements...)
}

// Query runs one statement as the superuser and returns its rows, one string
// each, the columns joined by "|".
func (d *Database) Query(statement string) []string {
	d.t.Helper()
	out := strings.TrimSuffix(d.run(d.Name, statement), "\n")
	if out == "" {
		return nil
	}
	return strings.Split(out, "\n")
}

// Files writes User and Password to files of their own, as secrets are
// mounted, and returns their paths. They go with the test.
func (d *Database) Files() (user, password string) {
	d.t.Helper()
	dir := d.t.TempDir()
	user, password = filepath.Join(dir, "user"), filepath.Join(dir, "password")
	for path, text := range map[string]string{user: d.User, password: d.Password} {
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			d.t.Fatalf("kittest: %v", err)
		}
	}
	return user, password
}

func (d *Database) link(user *url.Userinfo) string {
	return (&url.URL{
		Scheme: "postgres", User: user, Host: net.JoinHostPort(d.Host, fmt.Sprint(d.Port)),
		Path: "/" + d.Name, RawQuery: "sslmode=disable",
	}).String()
}

// admin runs statements outside the test's database.
func (d *Database) admin(statements ...string) {
	d.t.Helper()
	d.run("postgres", statements...)
}

func (d *Database) run(database string, statements ...string) string {
	d.t.Helper()
	// Not the test's context: that is over when the database is dropped.
	ctx, cancel := context.WithTimeout(context.Background(), postgresLimit)
	defer cancel()
	out, err := d.server.psql(ctx, database, statements...)
	if err != nil {
		d.t.Fatalf("kittest: %v", err)
	}
	return out
}

// postgresLimit bounds the start of the server and each statement: generous,
// since machines that run tests are busy.
const postgresLimit = 2 * time.Minute
