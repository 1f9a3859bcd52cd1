package pg

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// workers is how many goroutines use the pool at once, more than it has
// connections.
const workers = 16

// load uses the pool from many goroutines until it is stopped.
type load struct {
	done, failed atomic.Int64
	first        atomic.Pointer[error]
	stop         chan struct{}
	wait         sync.WaitGroup
}

func under(t *testing.T, request func(context.Context) error) *load {
	l := &load{stop: make(chan struct{})}
	for range workers {
		l.wait.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				if err := request(t.Context()); err != nil {
					l.failed.Add(1)
					l.first.CompareAndSwap(nil, &err)
				}
				l.done.Add(1)
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) end() {
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.wait.Wait()
}

// more waits until n further requests were made.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	from := l.done.Load()
	await(t, "requests go on", func() bool { return l.done.Load() >= from+n })
}

// judge ends the load and says how many requests failed.
func (l *load) judge(t *testing.T) {
	t.Helper()
	l.end()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed, first: %v", n, l.done.Load(), *l.first.Load())
	}
	t.Logf("%d requests", l.done.Load())
}

// sessions returns the process ids of the role's sessions, as a list for SQL.
func (d *database) sessions(role string) string {
	return strings.Join(d.Query("SELECT pid FROM pg_stat_activity WHERE usename = '"+role+"'"), ",")
}

func (d *database) terminate(pids string) {
	if pids != "" {
		d.Query("SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[" + pids + "]) AS pid")
	}
}

// newPassword makes a password valid and returns it.
func (d *database) newPassword() string {
	password := rand.Text()
	d.Exec(fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", d.User, password))
	return password
}

// newUser makes a role with the rights of the owner, and returns its name and
// password.
func (d *database) newUser(n int) (user, password string) {
	user, password = fmt.Sprintf("%s_%d", d.User, n), rand.Text()
	d.Exec(fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s' IN ROLE %s", user, password, d.User))
	d.t.Cleanup(func() { d.Exec("DROP OWNED BY "+user+" CASCADE", "DROP ROLE "+user) })
	return user, password
}

// insert writes one row through a transaction of a few statements.
func insert(pool *pgxpool.Pool) func(context.Context) error {
	return func(ctx context.Context) error {
		return InTx(ctx, pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
			var n int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM orders LIMIT 3) AS a").Scan(&n); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", "tea")
			return err
		})
	}
}

func withOrders(t *testing.T) *database {
	d := newDatabase(t)
	d.Exec("CREATE TABLE orders (id bigserial PRIMARY KEY, item text)", "ALTER TABLE orders OWNER TO "+d.User)
	return d
}

// rows counts the orders, which must be as many as requests were answered: one
// that was repeated must not have been done twice.
func (d *database) rows(t *testing.T, l *load) {
	t.Helper()
	if got, want := d.Query("SELECT count(*) FROM orders")[0], fmt.Sprint(l.done.Load()-l.failed.Load()); got != want {
		t.Errorf("%s rows of %s requests: one was lost, or done twice", got, want)
	}
}

// The plain pool loses nothing when a password changes: no InTx, no Retry.
func TestRotationOfThePasswordWithThePlainPool(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	l := under(t, func(ctx context.Context) error {
		_, err := pool.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", "tea")
		return err
	})
	for range 3 {
		l.more(t, 50)
		fill(t, pool, 10) // none is made while the file still holds the old password
		old := d.sessions(d.User)
		put(t, d.passwordFile, d.newPassword())
		await(t, "the sessions were renewed", func() bool {
			return old == "" || d.Query("SELECT 1 FROM pg_stat_activity WHERE pid IN ("+old+")") == nil
		})
	}
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
}

func TestRotationOfTheUserWithThePlainPool(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	l := under(t, func(ctx context.Context) error {
		_, err := pool.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", "tea")
		return err
	})
	was := d.User
	for n := range 3 {
		l.more(t, 50)
		fill(t, pool, 10)
		user, password := d.newUser(n)
		// The same password for both, since two files cannot change at once and the
		// plain pool repeats nothing.
		d.Exec(fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", was, password))
		put(t, d.passwordFile, password)
		await(t, "the password is read", func() bool { return d.passwordSecret.Get().Equal(redact.NewSecret(password)) })
		put(t, d.userFile, user)
		await(t, "the user is read", func() bool { return d.userSecret.Get().Equal(redact.NewSecret(user)) })
		await(t, "nobody logs in as the old user any more", func() bool { return pool.Stat().ConstructingConns() == 0 })
		await(t, "the old user is gone", func() bool { return d.sessions(was) == "" })
		d.Exec("ALTER ROLE " + was + " NOLOGIN")
		was = user
	}
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
}

// Credentials are read for each connection, however long the secret's own next
// look is away.
func TestANewConnectionReadsTheCredentials(t *testing.T) {
	d := newDatabase(t)
	c := d.config()
	seldom, err := secret.Watch(t.Context(), secret.File(d.passwordFile), secret.Options{Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer seldom.Close()
	c.Password = seldom
	pool := open(t, c)
	fill(t, pool, 2)
	put(t, d.passwordFile, d.newPassword())
	old := d.sessions(d.User)
	d.terminate(old)
	await(t, "the sessions end", func() bool { return d.Query("SELECT 1 FROM pg_stat_activity WHERE pid IN ("+old+")") == nil })
	if _, err := pool.Exec(within(t), "SELECT 1"); err != nil {
		t.Error(err)
	}
}

// Sessions that are ended in the middle of statements, before the pool could
// know, cost no request that goes through InTx, and none is done twice.
func TestSessionsEndedAtOnceWithARotatedPassword(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	l := under(t, insert(pool))
	for range 5 {
		l.more(t, 50)
		put(t, d.passwordFile, d.newPassword())
		d.terminate(d.sessions(d.User))
	}
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
}

func TestSessionsEndedAtOnceWithARotatedUser(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	l := under(t, insert(pool))
	was := d.User
	for n := range 5 {
		l.more(t, 50)
		user, password := d.newUser(n)
		put(t, d.userFile, user)
		put(t, d.passwordFile, password)
		d.Exec("ALTER ROLE " + was + " NOLOGIN")
		d.terminate(d.sessions(was))
		was = user
	}
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
}

// The file may come a moment after the password was changed and the sessions
// were ended: whoever needs a connection meanwhile waits for it.
func TestTheFileComesAfterTheSessionsWereEnded(t *testing.T) {
	d := withOrders(t)
	logs := kittest.NewLogs(t)
	c := d.config()
	c.Log = logs.Logger
	pool := open(t, c)
	l := under(t, insert(pool))
	for range 3 {
		l.more(t, 50)
		password := d.newPassword()
		logs.Never(password)
		d.terminate(d.sessions(d.User))
		logs.Await("pg.credentials_refused", "dependency", "postgres", "sqlstate", "28P01")
		time.Sleep(200 * time.Millisecond)
		put(t, d.passwordFile, password)
	}
	l.more(t, 50)
	l.judge(t)
	d.rows(t, l)
	logs.MustHave("pg.credentials_changed", "dependency", "postgres")
}

func TestReadsAreRepeatedWithoutATransaction(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	l := under(t, func(ctx context.Context) error {
		return Retry(ctx, pool, func(ctx context.Context) error {
			var n int
			return pool.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&n)
		})
	})
	for range 5 {
		l.more(t, 100)
		d.terminate(d.sessions(d.User))
	}
	l.more(t, 100)
	l.judge(t)
}

// A session that ended while nobody used it is noticed before something is
// sent on it, so the plain pool needs no repetition.
func TestAnIdleSessionThatEndedIsReplaced(t *testing.T) {
	d := newDatabase(t)
	pool := open(t, d.config())
	for range 5 {
		fill(t, pool, 10)
		old := d.sessions(d.User)
		d.terminate(old)
		await(t, "the sessions end", func() bool { return d.Query("SELECT 1 FROM pg_stat_activity WHERE pid IN ("+old+")") == nil })
		for range 10 {
			if _, err := pool.Exec(within(t), "SELECT 1"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A notice on an idle connection is no reason to throw it away.
func TestAConnectionWithANoticeIsKept(t *testing.T) {
	d := newDatabase(t)
	c := d.config()
	c.MaxConns = 1
	pool := open(t, c)
	if _, err := pool.Exec(within(t), "LISTEN news"); err != nil {
		t.Fatal(err)
	}
	old := d.sessions(d.User)
	for range 3 {
		d.Exec("NOTIFY news, 'arrived'")
		if _, err := pool.Exec(within(t), "SELECT 1"); err != nil {
			t.Fatal(err)
		}
	}
	if now := d.sessions(d.User); now != old {
		t.Errorf("session %s became %s", old, now)
	}
}
