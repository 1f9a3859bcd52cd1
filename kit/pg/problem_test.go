package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// status asks an error as package problem does.
func status(err error) (int, time.Duration) {
	var p interface {
		ProblemStatus() (int, time.Duration)
	}
	if !errors.As(err, &p) {
		return 0, 0
	}
	return p.ProblemStatus()
}

// A handler returns what it got, and its caller learns whether to come again.
func TestWhatCallersAreTold(t *testing.T) {
	d := newDatabase(t)
	up := open(t, d.config())
	down := d.config()
	down.URL = "postgres://127.0.0.1:1/x?sslmode=disable"
	off := open(t, down)
	small := d.config()
	small.MaxConns, small.Timeout = 1, time.Second
	full := open(t, small)
	held, err := full.Acquire(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	exec := func(pool *pgxpool.Pool, sql string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := pool.Exec(ctx, sql)
			return err
		}
	}
	inTx := func(pool *pgxpool.Pool, sql string) error {
		return InTx(within(t), pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, sql)
			return err
		})
	}
	ctx := within(t)
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"down, plain":     {exec(off, "SELECT 1")(ctx), 503},
		"down, Retry":     {Retry(ctx, off, exec(off, "SELECT 1")), 503},
		"down, InTx":      {inTx(off, "SELECT 1"), 503},
		"down, described": {Describe(off, exec(off, "SELECT 1")(ctx)), 503},
		"down, Ping":      {Ping(off)(ctx), 503},
		"full, plain":     {exec(full, "SELECT 1")(ctx), 503},
		"full, Retry":     {Retry(ctx, full, exec(full, "SELECT 1")), 503},
		"full, InTx":      {inTx(full, "SELECT 1"), 503},
		"wrong, Retry":    {Retry(ctx, up, exec(up, "SELECT * FROM missing")), 500},
		"wrong, InTx":     {inTx(up, "SELECT * FROM missing"), 500},
	} {
		got, after := status(fmt.Errorf("place order: %w", c.err))
		if got != c.want || (got == 503) != (after == time.Second) {
			t.Errorf("%s: %d after %v, want %d: %v", name, got, after, c.want, c.err)
		}
	}
}

func TestStatusOfCauses(t *testing.T) {
	answer := func(code string) error { return &pgconn.PgError{Code: code} }
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"the statement took too long": {answer(queryCanceled), 503},
		"the session was ended":       {answer(adminShutdown), 503},
		"the server starts":           {answer("57P03"), 503},
		"too many connections":        {answer("53300"), 503},
		"the password is refused":     {answer("28P01"), 503},
		"the connection broke":        {lostError{io.EOF}, 503},
		"no time left":                {context.DeadlineExceeded, 503},
		"the caller left":             {context.Canceled, 500},
		"there is such a row already": {answer("23505"), 500},
		"a deadlock, three times":     {answer(deadlockDetected), 500},
		"a value does not fit":        {answer("22P02"), 500},
		"something else":              {errors.New("no tea"), 500},
	} {
		if got, _ := status(&Error{Cause: c.err}); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// What work adds to an error stays, and what it returned is found in it.
func TestTheWordsOfWorkStay(t *testing.T) {
	c := newDatabase(t).config()
	c.URL = "postgres://127.0.0.1:1/x?sslmode=disable"
	pool := open(t, c)
	err := Retry(within(t), pool, func(ctx context.Context) error {
		return fmt.Errorf("counting orders: %w", Describe(pool, pool.Ping(ctx)))
	})
	if want := "counting orders: postgres (127.0.0.1:1, timeout 5s): no connection: connection refused"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
