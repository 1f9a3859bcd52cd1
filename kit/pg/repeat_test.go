package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

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
		"the connection broke":         {io.ErrUnexpectedEOF, true},
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
