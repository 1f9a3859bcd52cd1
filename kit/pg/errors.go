package pg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/golive-dev/golive/kit/pg/internal/plain"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// SQLSTATEs that this package acts on.
const (
	queryCanceled        = "57014"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	tooManyConnections   = "53300"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// Error says which database did not do what it was asked, and how long it was
// given. Unwrap gives pgx's error, with the SQLSTATE.
type Error struct {
	// Dependency is Config.Name.
	Dependency string
	// Host and Port are where the database is.
	Host string
	// Port is the server's TCP port.
	Port uint16
	// Timeout is Config.Timeout; the caller's deadline may have been shorter.
	Timeout time.Duration
	// Attempt counts from 1 and Attempts is how many there may be, both 0
	// outside of [InTx] and [Retry].
	Attempt int
	// Attempts is how many attempts there may be.
	Attempts int
	// Cause is pgx's error. Its text may hold values of users; this error's
	// text does not.
	Cause error

	what string
}

// Error returns a text such as
// "postgres (db:5432, timeout 500ms): no answer in time, attempt 1/3".
func (e *Error) Error() string {
	text := fmt.Sprintf("%s (%s, timeout %v): %s", e.Dependency, net.JoinHostPort(e.Host, fmt.Sprint(e.Port)), e.Timeout, e.what)
	if e.Attempts > 0 {
		text += fmt.Sprintf(", attempt %d/%d", e.Attempt, e.Attempts)
	}
	return text
}

// Unwrap returns Cause.
func (e *Error) Unwrap() error { return e.Cause }

// ProblemStatus is what package problem answers a request with whose handler
// returns the error: 503, and that it is worth trying again after a second,
// where the database was not reached or did not answer in time; 500 where it
// did, and what it was asked is wrong.
func (e *Error) ProblemStatus() (status int, retryAfter time.Duration) { return problemStatus(e.Cause) }

// Describe returns err, as any use of the pool returned it, as an [Error] that
// is fit for a log. It leaves alone nil, pgx.ErrNoRows and what is an Error
// already. The pool must come from [Open].
func Describe(pool *pgxpool.Pool, err error) error {
	var already *Error
	if err == nil || errors.Is(err, pgx.ErrNoRows) || errors.As(err, &already) {
		return err
	}
	return observerOf(pool).describe(err)
}

// describe returns the Error that err is or wraps, or makes one.
func (o *observer) describe(err error) *Error {
	var already *Error
	if errors.As(err, &already) {
		return already
	}
	return o.error(err, o.what(err))
}

func (o *observer) error(cause error, what string) *Error {
	return &Error{Dependency: o.name, Host: o.host, Port: o.port, Timeout: o.timeout, Cause: cause, what: what}
}

// what says in words what happened.
func (o *observer) what(err error) string {
	var connect *pgconn.ConnectError
	var answer *pgconn.PgError
	switch {
	case errors.As(err, &answer):
		return plain.Answer(answer)
	case errors.As(err, &connect):
		return "no connection: " + plain.Connect(connect.Unwrap(), net.JoinHostPort(o.host, fmt.Sprint(o.port)))
	case errors.Is(err, context.Canceled):
		return "canceled by the caller"
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return "no answer in time"
	}
	return plain.Line(err.Error())
}

// waited describes a wait for a connection that ended without one.
func (o *observer) waited(pool *pgxpool.Pool) *Error {
	s := o.stats(pool)
	what := "no connection in time"
	if gate, refusal := o.credentials.barred(o.credentials.current()); gate != nil {
		what = fmt.Sprintf("no connection in time, %d open and no new one: %s", s.Open, o.what(refusal))
	} else if s.InUse >= s.Max {
		what = fmt.Sprintf("no connection became free in time, %d of %d in use", s.InUse, s.Max)
	}
	return o.error(context.DeadlineExceeded, what)
}

func sqlState(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

// isOurs reports whether err comes from the database or the way to it.
func isOurs(err error) bool {
	return sqlState(err) != "" || isBroken(err) || pgconn.Timeout(err) || pgconn.SafeToRetry(err)
}

// isBroken reports whether err says that a connection of a pool ended or was not
// made.
func isBroken(err error) bool {
	var lost lostError
	var connect *pgconn.ConnectError
	return errors.As(err, &lost) || errors.As(err, &connect) || errors.Is(err, pgconn.ErrConnClosed)
}

// isOver reports whether the time for the call is used up.
func isOver(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		pgconn.Timeout(err) || sqlState(err) == queryCanceled
}
