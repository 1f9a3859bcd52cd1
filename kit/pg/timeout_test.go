package pg

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ends runs f, which hangs where nothing bounds it, and returns its error.
func ends(t *testing.T, what string, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err == nil {
			t.Fatalf("%s: no error", what)
		}
		return err
	case <-time.After(patience):
		t.Fatalf("%s: still waiting after %v", what, patience)
		return nil
	}
}

func TestTheServerEndsALongStatementAndKeepsTheConnection(t *testing.T) {
	c := newDatabase(t).config()
	c.Timeout, c.MaxConns = 300*time.Millisecond, 1
	pool := open(t, c)
	var before, after int
	if err := pool.QueryRow(within(t), "SELECT pg_backend_pid()").Scan(&before); err != nil {
		t.Fatal(err)
	}
	err := ends(t, "a long statement", func() error {
		_, err := pool.Exec(t.Context(), "SELECT pg_sleep(600)")
		return err
	})
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || answer.Code != queryCanceled {
		t.Errorf("got %v, want the server's 57014", err)
	}
	if err := pool.QueryRow(within(t), "SELECT pg_backend_pid()").Scan(&after); err != nil || after != before {
		t.Errorf("session %d became %d, %v: the connection was thrown away", before, after, err)
	}
}

func TestTheTimeoutIsTheServersToo(t *testing.T) {
	pool := open(t, newDatabase(t).config())
	var shown string
	if err := pool.QueryRow(within(t), "SHOW statement_timeout").Scan(&shown); err != nil || shown != "5s" {
		t.Errorf("statement_timeout is %s, %v; want the default 5s", shown, err)
	}
}

func TestTheCallersDeadlineIsShorter(t *testing.T) {
	d := newDatabase(t)
	c := d.config()
	c.Timeout = 10 * time.Minute
	pool := open(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := ends(t, "a statement", func() error {
		_, err := pool.Exec(ctx, "SELECT pg_sleep(600)")
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	await(t, "the server was told, and sleeps no more", func() bool {
		return d.Query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()") == nil
	})
}

// A database that goes silent, in whatever it was in the middle of, costs the
// timeout and no more, also where the caller has no deadline at all.
func TestSilenceEndsAtTheTimeout(t *testing.T) {
	type call = func(ctx context.Context, pool *pgxpool.Pool) error
	query := func(ctx context.Context, pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, "SELECT $1::int", 1)
		return err
	}
	for name, use := range map[string]struct {
		first call // while the database answers
		then  call
	}{
		"a new connection":         {nil, query},
		"a statement":              {query, query},
		"a statement not prepared": {query, func(ctx context.Context, p *pgxpool.Pool) error { _, err := p.Exec(ctx, "SELECT 2"); return err }},
		"a transaction": {query, func(ctx context.Context, p *pgxpool.Pool) error {
			return InTx(ctx, p, pgx.TxOptions{}, func(context.Context, pgx.Tx) error { return nil })
		}},
		"a batch": {query, func(ctx context.Context, p *pgxpool.Pool) error {
			b := &pgx.Batch{}
			b.Queue("SELECT 1")
			b.Queue("SELECT 2")
			return p.SendBatch(ctx, b).Close()
		}},
		"a copy": {query, func(ctx context.Context, p *pgxpool.Pool) error {
			_, err := p.CopyFrom(ctx, pgx.Identifier{"t"}, []string{"a"}, pgx.CopyFromRows([][]any{{1}}))
			return err
		}},
		"a prepared statement": {query, func(ctx context.Context, p *pgxpool.Pool) error {
			return p.AcquireFunc(ctx, func(c *pgxpool.Conn) error { _, err := c.Conn().Prepare(ctx, "s", "SELECT 3"); return err })
		}},
		"a check of health":          {query, func(ctx context.Context, p *pgxpool.Pool) error { return Ping(p)(ctx) }},
		"a check without connection": {nil, func(ctx context.Context, p *pgxpool.Pool) error { return Ping(p)(ctx) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			d.Exec("CREATE TABLE t (a int)", "GRANT ALL ON t TO "+d.User)
			p, c := before(t, d)
			c.Timeout, c.MaxConns = 500*time.Millisecond, 1
			pool := open(t, c)
			if use.first != nil {
				if err := use.first(within(t), pool); err != nil {
					t.Fatal(err)
				}
			}
			p.silent.Store(true)
			err := ends(t, name, func() error { return use.then(t.Context(), pool) })
			if !errors.Is(err, context.DeadlineExceeded) && !pgconn.Timeout(err) {
				t.Errorf("got %v, want a timeout", err)
			}
			p.silent.Store(false)
			back := time.Now()
			await(t, "the pool of one connection works again", func() bool { return query(t.Context(), pool) == nil })
			if took := time.Since(back); took > 10*time.Second { // 2 s, and 15 or 30 as pgx itself has it
				t.Errorf("the pool of one connection was gone for %v more", took)
			}
		})
	}
}

func TestAnAnswerThatDripsEndsAtTheTimeout(t *testing.T) {
	p, c := before(t, newDatabase(t))
	c.Timeout = 500 * time.Millisecond
	pool := open(t, c)
	fill(t, pool, 1)
	p.slow.Store(true)
	err := ends(t, "a dripping answer", func() error {
		var text string
		return pool.QueryRow(t.Context(), "SELECT repeat('x', 100000)").Scan(&text)
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAConnectThatNeverCompletesEndsAtTheTimeout(t *testing.T) {
	c := newDatabase(t).config()
	c.URL, c.Timeout = "postgres://"+deaf(t)+"/x?sslmode=disable", 300*time.Millisecond
	pool := open(t, c)
	for range 3 { // also while the first attempt is still under way
		err := Describe(pool, ends(t, "a connect", func() error { return pool.Ping(t.Context()) }))
		if !errors.Is(err, context.DeadlineExceeded) && !pgconn.Timeout(err) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAnExhaustedPoolEndsTheWait(t *testing.T) {
	c := newDatabase(t).config()
	c.MaxConns, c.Timeout = 2, time.Second
	pool := open(t, c)
	for range 2 {
		held, err := pool.Acquire(within(t))
		if err != nil {
			t.Fatal(err)
		}
		defer held.Release()
	}
	err := Describe(pool, ends(t, "a wait for a connection", func() error {
		_, err := pool.Exec(t.Context(), "SELECT 1")
		return err
	}))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no connection became free in time, 2 of 2 in use") {
		t.Errorf("got %v", err)
	}
}

func TestTheServerMayBeDownAtOpen(t *testing.T) {
	d := newDatabase(t)
	address, up := down(t)
	c := d.config()
	c.URL = "postgres://" + address + "/" + d.Name + "?sslmode=disable"
	pool := open(t, c)
	if err := Ping(pool)(within(t)); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Fatalf("got %v", err)
	}
	p := &proxy{listener: up(), target: net.JoinHostPort(d.Host, port(d.Port))}
	p.wait.Go(p.serve)
	t.Cleanup(p.close)
	await(t, "the pool finds the server that came up", func() bool { return Ping(pool)(t.Context()) == nil })
}
