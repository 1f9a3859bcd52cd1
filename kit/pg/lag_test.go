package pg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// order writes one row through the plain pool, which repeats nothing.
func order(pool *pgxpool.Pool) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := pool.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", "tea")
		return err
	}
}

// The password is changed, and the file comes later: much later than one may
// wait for a connection. One connection lives, and many want one.
func TestThePoolMustGrowBeforeTheFileComes(t *testing.T) {
	for name, request := range map[string]func(*pgxpool.Pool) func(context.Context) error{"plain": order, "InTx": insert} {
		t.Run(name, func(t *testing.T) {
			d := withOrders(t)
			logs := kittest.NewLogs(t)
			c := d.config()
			c.Log, c.Timeout = logs.Logger, time.Second
			pool := open(t, c)
			fill(t, pool, 1)
			password := d.newPassword()
			l := under(t, request(pool))
			logs.Await("pg.credentials_refused", "dependency", "postgres", "sqlstate", "28P01")
			time.Sleep(3 * c.Timeout)
			l.more(t, 50)
			if n := len(strings.Split(d.sessions(d.User), ",")); n != 1 {
				t.Errorf("%d sessions, want the one", n)
			}
			put(t, d.passwordFile, password)
			await(t, "the pool grows", func() bool { return len(strings.Split(d.sessions(d.User), ",")) > 1 })
			l.more(t, 50)
			l.judge(t)
			d.rows(t, l)
		})
	}
}

// Two want the one connection that lives, and the pool has room for ten.
func TestTwoShareTheConnectionThatLives(t *testing.T) {
	d := withOrders(t)
	c := d.config()
	c.Timeout = 2 * time.Second
	pool := open(t, c)
	fill(t, pool, 10)
	d.newPassword()
	held, err := pool.Acquire(within(t))
	if err != nil {
		t.Fatal(err)
	}
	all := d.sessions(d.User)
	mine := fmt.Sprint(held.Conn().PgConn().PID())
	d.Query("SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[" + all + "]) AS pid WHERE pid <> " + mine)
	await(t, "the others end", func() bool { return d.sessions(d.User) == mine })
	done := make(chan error)
	go func() { done <- order(pool)(t.Context()) }()
	await(t, "it waits in line", func() bool { return observerOf(pool).credentials.kept.Load() == 9 })
	held.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if now := d.sessions(d.User); now != mine {
		t.Errorf("sessions %s, want %s", now, mine)
	}
}

// The file comes before the server knows the new password: the connections of
// the old one are all there is, and are kept until then.
func TestTheFileComesBeforeThePassword(t *testing.T) {
	d := withOrders(t)
	logs := kittest.NewLogs(t)
	c := d.config()
	c.Log, c.Timeout = logs.Logger, time.Second
	pool := open(t, c)
	fill(t, pool, 3)
	old := d.sessions(d.User)
	l := under(t, order(pool))
	put(t, d.passwordFile, "tomorrow")
	logs.Await("pg.credentials_refused", "dependency", "postgres")
	time.Sleep(2 * c.Timeout)
	l.more(t, 50)
	d.Exec("ALTER ROLE " + d.User + " PASSWORD 'tomorrow'")
	await(t, "the sessions were renewed", func() bool {
		return d.Query("SELECT 1 FROM pg_stat_activity WHERE pid IN ("+old+")") == nil
	})
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
}

// One session after another is ended while the file lags behind. The pool does
// not give up the others for it.
func TestSomeSessionsAreEndedBeforeTheFileComes(t *testing.T) {
	d := withOrders(t)
	c := d.config()
	c.Timeout = time.Second
	pool := open(t, c)
	fill(t, pool, 10)
	l := under(t, insert(pool))
	password := d.newPassword()
	all := strings.Split(d.sessions(d.User), ",")
	for _, pid := range all[:len(all)-1] {
		d.terminate(pid)
		l.more(t, 10)
	}
	time.Sleep(2 * c.Timeout)
	if now := d.sessions(d.User); now != all[len(all)-1] {
		t.Errorf("sessions %s, want the last of %v", now, all)
	}
	put(t, d.passwordFile, password)
	await(t, "the pool grows", func() bool { return len(strings.Split(d.sessions(d.User), ",")) > 1 })
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
}

// Where no connection lives, requests wait as long as Config.Timeout allows.
func TestNoSessionIsLeftWhenTheFileComes(t *testing.T) {
	for _, conns := range []int{1, 2, 10} {
		d := withOrders(t)
		c := d.config()
		c.Timeout, c.MaxConns = 10*time.Second, conns
		pool := open(t, c)
		fill(t, pool, conns)
		password := d.newPassword()
		d.terminate(d.sessions(d.User)) // all idle
		l := under(t, insert(pool))
		time.Sleep(2 * time.Second)
		put(t, d.passwordFile, password)
		l.more(t, 50)
		l.judge(t)
		d.rows(t, l)
	}
}

// The bound: nobody waits longer than Config.Timeout, who did not fail got what
// was asked for, and all is well again soon after the file came.
func TestTheFileComesTooLate(t *testing.T) {
	d := withOrders(t)
	registry := prometheus.NewRegistry()
	c := d.config()
	c.Timeout, c.Registerer = 500*time.Millisecond, registry
	pool := open(t, c)
	fill(t, pool, 2)
	password := d.newPassword()
	d.terminate(d.sessions(d.User))
	await(t, "the sessions end", func() bool { return d.sessions(d.User) == "" })
	for _, use := range []func(context.Context) error{order(pool), insert(pool), Ping(pool)} {
		began := time.Now()
		err := use(t.Context())
		if took := time.Since(began); took < c.Timeout/2 || took > 2*c.Timeout+patience/10 {
			t.Errorf("failed after %v: %v", took, err)
		}
		if got, _ := status(err); got != 503 || !errors.Is(err, context.DeadlineExceeded) ||
			!strings.Contains(err.Error(), "no connection in time, 0 open and no new one: the server refuses user or password (SQLSTATE 28P01)") {
			t.Errorf("status %d: %v", got, err)
		}
	}
	if n := kittest.Metrics(t, registry).Value("pool_connections_in_use", "pool", "postgres"); n != 0 {
		t.Errorf("%v connections in use, where there are none", n)
	}
	put(t, d.passwordFile, password)
	await(t, "the database is used again", func() bool { return order(pool)(t.Context()) == nil })
}

// A pool can be closed while its credentials are refused; that nothing stays
// behind is what goleak looks at.
func TestAPoolIsClosedWhileItsCredentialsAreRefused(t *testing.T) {
	d := withOrders(t)
	c := d.config()
	c.Timeout = 300 * time.Millisecond
	pool, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	d.newPassword()
	for range 3 {
		if order(pool)(t.Context()) == nil {
			t.Error("no refusal")
		}
	}
	put(t, d.passwordFile, "also wrong")
	closed := make(chan struct{})
	go func() { pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatal("the pool cannot be closed")
	}
}

// What a user's hooks get is a connection, never a stand-in.
func TestHooksDoNotSeeStandIns(t *testing.T) {
	d := withOrders(t)
	c := d.config()
	c.URL += "&target_session_attrs=read-write"
	c.Timeout = time.Second
	ask := func(ctx context.Context, conn *pgx.Conn) error {
		var n int
		return conn.QueryRow(ctx, "SELECT 1").Scan(&n)
	}
	broken := make(chan error, 100)
	c.Adjust = func(p *pgxpool.Config) {
		p.AfterConnect = ask
		p.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
			if err := ask(ctx, conn); err != nil {
				broken <- err
			}
			return true, nil
		}
		p.BeforeClose = func(conn *pgx.Conn) {
			if conn.PgConn().PID() == 0 {
				broken <- errors.New("closed a stand-in")
			}
		}
	}
	pool := open(t, c)
	fill(t, pool, 1)
	password := d.newPassword()
	l := under(t, order(pool))
	l.more(t, 100)
	put(t, d.passwordFile, password)
	await(t, "the pool grows", func() bool { return pool.Stat().TotalConns() > 1 && len(strings.Split(d.sessions(d.User), ",")) > 1 })
	l.judge(t)
	select {
	case err := <-broken:
		t.Error(err)
	default:
	}
}

// What was set for a login holds, although the pool's connections log in by the
// hand of this package: an encrypted session, and a server that asks no password.
func TestLoginsAreAsConfigured(t *testing.T) {
	d := newDatabase(t)
	p := newTLSProxy(t, net.JoinHostPort(d.Host, port(d.Port)))
	c := d.config()
	c.URL = "postgres://" + p.address + "/" + d.Name + "?sslmode=require&require_auth=scram-sha-256"
	pool := open(t, c)
	held, err := pool.Acquire(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if zone := held.Conn().PgConn().ParameterStatus("TimeZone"); zone == "" || held.Conn().PgConn().PID() == 0 {
		t.Errorf("the session is not known: time zone %q", zone)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := held.Exec(ctx, "SELECT pg_sleep(600)"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	held.Release()
	await(t, "the server was told to cancel, encrypted", func() bool {
		return d.Query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()") == nil
	})
	if n := p.plain.Load(); n != 0 {
		t.Errorf("%d connections without encryption", n)
	}
	c.Name, c.URL = "strict", strings.Replace(c.URL, "require_auth=", "require_auth=!", 1)
	if err := Ping(open(t, c))(within(t)); err == nil || !strings.Contains(err.Error(), "require_auth") || strings.Contains(err.Error(), "AfterNetConnect") {
		t.Errorf("got %v", err)
	}
	c.Name, c.URL = "bound", strings.Replace(c.URL, "require_auth=!scram-sha-256", "channel_binding=require", 1)
	if err := Ping(open(t, c))(within(t)); err == nil || !strings.Contains(err.Error(), "channel binding") {
		t.Errorf("got %v", err)
	}
}

// Two users that take turns: the old one stays valid until all have the new
// one, so that nothing is ever refused.
func TestTwoUsersTakeTurns(t *testing.T) {
	d := withOrders(t)
	logs := kittest.NewLogs(t)
	other, password := d.newUser(1)
	// one file with both, so that they change at once
	d.Exec("ALTER ROLE " + d.User + " PASSWORD '" + password + "'")
	put(t, d.passwordFile, password)
	if err := d.passwordSecret.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := d.config()
	c.Log = logs.Logger
	pool := open(t, c)
	l := under(t, order(pool))
	for _, turn := range [][2]string{{d.User, other}, {other, d.User}, {d.User, other}} {
		l.more(t, 50)
		d.Exec("ALTER ROLE " + turn[1] + " LOGIN")
		put(t, d.userFile, turn[1])
		await(t, "nobody is the old user any more", func() bool { return d.sessions(turn[0]) == "" && d.sessions(turn[1]) != "" })
		d.Exec("ALTER ROLE " + turn[0] + " NOLOGIN")
	}
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
	if lines := logs.Find("pg.credentials_refused"); len(lines) > 0 {
		t.Errorf("refused: %s", lines[0].Text)
	}
}
