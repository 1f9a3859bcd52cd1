package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestInTxRollsBackWhatFails(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	mine := errors.New("out of tea")
	runs := 0
	err := InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
		runs++
		_, err := tx.Exec(ctx, "INSERT INTO orders (item) VALUES ('tea')")
		return errors.Join(err, mine)
	})
	if !errors.Is(err, mine) || runs != 1 {
		t.Errorf("got %v after %d runs", err, runs)
	}
	var described *Error
	if errors.As(err, &described) {
		t.Errorf("%v is not the database's", err)
	}
	if rows := d.Query("SELECT * FROM orders"); rows != nil {
		t.Errorf("left: %v", rows)
	}
}

func TestInTxRollsBackOnPanic(t *testing.T) {
	d := withOrders(t)
	c := d.config()
	c.MaxConns = 1
	pool := open(t, c)
	func() {
		defer func() { recover() }()
		InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
			tx.Exec(ctx, "INSERT INTO orders (item) VALUES ('tea')")
			panic("no tea")
		})
	}()
	if err := insert(pool)(within(t)); err != nil {
		t.Errorf("the connection was not given back: %v", err)
	}
	if rows := d.Query("SELECT * FROM orders"); len(rows) != 1 {
		t.Errorf("%d rows, want the second one alone", len(rows))
	}
}

func TestInTxRepeatsWhatPostgreSQLWantsRepeated(t *testing.T) {
	d := withOrders(t)
	pool := open(t, d.config())
	runs := 0
	err := InTx(within(t), pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(ctx context.Context, tx pgx.Tx) error {
		runs++
		var n int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&n); err != nil {
			return err
		}
		if runs == 1 { // another one reads and writes the same meanwhile, and is first
			err := InTx(ctx, pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO orders (item) SELECT count(*)::text FROM orders")
				return err
			})
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", fmt.Sprint(n))
		return err
	})
	if err != nil || runs != 2 {
		t.Errorf("got %v after %d runs, want success at the second", err, runs)
	}
}

// Whether a COMMIT without an answer held is not guessed but asked: it is not
// done twice, and not lost.
func TestACommitWithoutAnswerIsLookedUp(t *testing.T) {
	for name, c := range map[string]struct {
		cut  func(*proxy)
		runs int
	}{
		"it was done":         {func(p *proxy) { p.untold.Store(true) }, 1},
		"it never got there":  {func(p *proxy) { p.unheard.Store(true) }, 2},
		"nothing went astray": {func(p *proxy) {}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := withOrders(t)
			p, config := before(t, d)
			pool := open(t, config)
			runs := 0
			err := InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
				runs++
				if runs == 1 {
					c.cut(p)
				}
				_, err := tx.Exec(ctx, "INSERT INTO orders (item) VALUES ('tea')")
				return err
			})
			if err != nil || runs != c.runs {
				t.Errorf("%d runs, want %d; error %v", runs, c.runs, err)
			}
			if rows := d.Query("SELECT 1 FROM orders"); len(rows) != 1 {
				t.Errorf("%d rows, want 1", len(rows))
			}
		})
	}
}

// After three times it is not bad luck.
func TestRepetitionEnds(t *testing.T) {
	d := newDatabase(t)
	pool := open(t, d.config())
	runs := 0
	err := InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
		runs++
		_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
		return err
	})
	var described *Error
	if !errors.As(err, &described) || sqlState(err) != adminShutdown || runs != attempts {
		t.Errorf("got %v after %d runs", err, runs)
	}
}

// All sessions of the pool are ended while one after another is used: that of
// the first attempt shows it, and the next one is new.
func TestOneEndedSessionIsEnoughToLeaveAllOthers(t *testing.T) {
	d := newDatabase(t)
	pool := open(t, d.config())
	fill(t, pool, 10)
	old := "," + d.sessions(d.User) + ","
	attempts := 0
	err := Retry(within(t), pool, func(ctx context.Context) error {
		attempts++
		_, err := pool.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid()) WHERE position(',' || pg_backend_pid() || ',' IN $1) > 0", old)
		return err
	})
	if err != nil || attempts != 2 {
		t.Errorf("got %v after %d attempts", err, attempts)
	}
}

func TestWhatIsRepeated(t *testing.T) {
	answer := func(code string) error { return &pgconn.PgError{Code: code} }
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"the session was ended":        {answer(adminShutdown), true},
		"the server crashed":           {answer(crashShutdown), true},
		"serialization":                {answer(serializationFailure), true},
		"deadlock":                     {answer(deadlockDetected), true},
		"the password is wrong":        {answer("28P01"), true},
		"the connection broke":         {fmt.Errorf("reading: %w", lostError{io.EOF}), true},
		"another connection broke":     {io.ErrUnexpectedEOF, false},
		"nothing was sent":             {pgconn.ErrConnClosed, true},
		"the statement is wrong":       {answer("42601"), false},
		"there is such a row already":  {answer("23505"), false},
		"the statement took too long":  {answer(queryCanceled), false},
		"no time left":                 {context.DeadlineExceeded, false},
		"something else of the caller": {errors.New("no tea"), false},
	} {
		if got := repeatable(c.err); got != c.want {
			t.Errorf("%s: repeatable %v, want %v", name, got, c.want)
		}
	}
}

// The last failure is told once, with all that somebody needs to look further.
func TestAFailedCallIsToldOnce(t *testing.T) {
	d := newDatabase(t)
	p, c := before(t, d)
	logs := kittest.NewLogs(t)
	c.Log, c.Timeout = logs.Logger, 300*time.Millisecond
	pool := open(t, c)
	fill(t, pool, 1)
	p.silent.Store(true)
	use := func(ctx context.Context) error { _, err := pool.Exec(ctx, "SELECT 1"); return err }
	for name, c := range map[string]struct {
		call     func() error
		attempts int
	}{
		"plain":   {func() error { return use(t.Context()) }, 1},
		"retried": {func() error { return Retry(t.Context(), pool, use) }, attempts},
		"in a transaction": {func() error {
			return InTx(t.Context(), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error { return nil })
		}, attempts},
	} {
		was := len(logs.Find("call.failed"))
		err := ends(t, name, c.call)
		lines := logs.Find("call.failed", "dependency", "postgres", "host", "127.0.0.1", "outcome", "timeout", "timeout_ms", 300,
			"attempt", 1, "attempts", c.attempts)
		if n := len(logs.Find("call.failed")) - was; n != 1 || len(lines) == 0 {
			t.Errorf("%s: %d lines, %d of them complete, want one; error %v", name, n, len(lines), err)
		}
	}
}

// What the server answers is its caller's to judge, and foreign errors are not
// the database's.
func TestAnAnswerIsNoFailedCall(t *testing.T) {
	logs := kittest.NewLogs(t)
	c := newDatabase(t).config()
	c.Log = logs.Logger
	pool := open(t, c)
	foreign := &net.OpError{Op: "dial", Err: io.EOF}
	for _, failure := range []error{foreign, context.DeadlineExceeded} {
		err := InTx(within(t), pool, pgx.TxOptions{}, func(context.Context, pgx.Tx) error { return failure })
		if err != failure {
			t.Errorf("%v became %v", failure, err)
		}
	}
	err := InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT * FROM missing")
		return err
	})
	if err == nil || !strings.HasSuffix(err.Error(), "(SQLSTATE 42P01), attempt 1/3") {
		t.Errorf("got %v", err)
	}
	if lines := logs.Find("call.failed"); len(lines) > 0 {
		t.Errorf("told as a failed call: %s", lines[0].Text)
	}
	logs.MustHave("call.completed", "operation", "SELECT", "outcome", "failed")
}

func TestRetryIsNotForAServerThatIsDown(t *testing.T) {
	c := newDatabase(t).config()
	c.URL = "postgres://127.0.0.1:1/x?sslmode=disable"
	pool := open(t, c)
	runs := 0
	err := Retry(within(t), pool, func(ctx context.Context) error {
		runs++
		return pool.Ping(ctx)
	})
	if err == nil || runs != 1 {
		t.Errorf("got %v after %d runs", err, runs)
	}
}
