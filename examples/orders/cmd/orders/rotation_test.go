package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/kittest"
)

// The password and then the user of the database are rotated under load, and
// the sessions of the old ones ended at once: no request fails.
func TestRotationCostsNoRequest(t *testing.T) {
	still := watch(t)
	d := kittest.Postgres(t)
	env := newPeers(t).environment(t.TempDir(), inPostgres(d))
	r := run(t, env)
	b := kittest.Balancer(t, kittest.BalancerOptions{}, kittest.Backend{URL: r.url, Ready: r.ops + "/readyz"})
	b.AwaitReady(1)
	traffic := b.Drive(kittest.Load{Clients: 8, Request: orderOrRead, Accept: func(status int) bool { return status == 200 || status == 201 }})
	rotated := &login{t: t, database: d, user: d.User, env: env}
	for n := range 3 {
		rotated.password()
		traffic.Await(60*n + 30)
		rotated.newUser(n)
		traffic.Await(60*n + 60)
	}
	report := traffic.Stop()
	for _, lost := range report.Lost {
		if !still.during(lost.At, lost.At.Add(lost.Took)) {
			t.Error(lost)
		}
	}
	for _, line := range append(r.logs.Find("request.completed", "status", 503), r.logs.Find("idempotency.store_failed")...) {
		t.Log(line.Text)
	}
	t.Log(report)
}

// orderOrRead is by turns a new order and the latest one.
func orderOrRead() *http.Request {
	key := rand.Text()
	method, path, body := "POST", "/orders", strings.Replace(tea, "c-1", key[:1], 1)
	if key[1] < 'M' {
		method, path, body = "GET", "/customers/"+key[:1]+"/latest-order", ""
	}
	req, _ := http.NewRequest(method, "http://orders"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	return req
}

// login is what the database lets in at the moment.
type login struct {
	t        *testing.T
	database *kittest.Database
	user     string
	env      map[string]string
}

// password gives the user another one.
func (l *login) password() {
	password := rand.Text()
	l.database.Exec(fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", l.user, password))
	l.mount("DB_PASSWORD_FILE", password)
	l.end(l.user)
}

// newUser makes another user and shuts the old one out.
func (l *login) newUser(n int) {
	was, password := l.user, rand.Text()
	l.user = fmt.Sprintf("%s_%d", l.database.User, n)
	l.database.Exec(fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s' IN ROLE %s", l.user, password, l.database.User))
	l.t.Cleanup(func() { l.database.Exec("DROP ROLE " + fmt.Sprintf("%s_%d", l.database.User, n)) })
	l.mount("DB_USER_FILE", l.user)
	l.mount("DB_PASSWORD_FILE", password)
	l.database.Exec("ALTER ROLE " + was + " NOLOGIN")
	l.end(was)
}

func (l *login) mount(variable, content string) {
	l.t.Helper()
	file := l.env[variable]
	if err := os.WriteFile(file+".new", []byte(content), 0o600); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		l.t.Fatal(err)
	}
}

// end ends the sessions of a user.
func (l *login) end(user string) {
	l.database.Query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + user + "'")
}
