package pg

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// attempts is how often work is done at most. A session that an administrator
// ends is one repetition, the new password that is not there yet another.
const attempts = 3

// InTx runs work in a transaction and commits it, unless work fails. Work may
// be run up to three times, always from the start and in a new transaction:
// when the session ended, as when credentials are rotated or the server fails
// over, and when PostgreSQL asks for it (serialization failure, deadlock). So
// work must have no other effects than those in tx. It is not repeated after a
// timeout.
//
// A session may end while it commits. PostgreSQL is then asked what became of
// the transaction, so that it is neither lost nor done twice; where it cannot
// tell, the error is returned. To be able to ask costs a round trip before
// COMMIT, but for o.AccessMode pgx.ReadOnly.
//
// An error of the database is described as by [Describe]; others of work are
// returned as they are.
func InTx(ctx context.Context, pool *pgxpool.Pool, o pgx.TxOptions, work func(ctx context.Context, tx pgx.Tx) error) error {
	return repeat(ctx, pool, func(ctx context.Context) (bool, error) { return once(ctx, pool, o, work) })
}

// Retry runs work, which may use the pool as it likes and must be safe to do
// twice: reading, or writing what is the same after the second time. It
// repeats work up to two times when its error says that the session ended or was not
// made for lack of a valid credential, and when PostgreSQL asks for it; not
// after a timeout, and not while the server is down, which is the caller's to
// decide. Errors are as those of [InTx].
func Retry(ctx context.Context, pool *pgxpool.Pool, work func(ctx context.Context) error) error {
	return repeat(ctx, pool, func(ctx context.Context) (bool, error) {
		err := work(ctx)
		return err != nil && repeatable(err), err
	})
}

// attempting marks contexts of work that may be repeated: its failures are told
// here, once, and not by each statement.
type attempting struct{}

func repeating(ctx context.Context) bool { return ctx.Value(attempting{}) != nil }

// repeat runs work until it succeeds, cannot be repeated, or was often enough.
func repeat(ctx context.Context, pool *pgxpool.Pool, work func(context.Context) (again bool, err error)) error {
	within := context.WithValue(ctx, attempting{}, true)
	for attempt := 1; ; attempt++ {
		began := time.Now()
		again, err := work(within)
		if err == nil {
			return nil
		}
		if !again || attempt == attempts || isOver(ctx, err) || !pause(ctx, err) {
			return failed(ctx, pool, err, attempt, time.Since(began))
		}
		o := observerOf(pool)
		if isGone(err) { // who ended this session is about to end the others, and each would cost an attempt
			o.leave(ctx, pool)
		}
		o.log.LogAttrs(ctx, slog.LevelDebug, "call.retried", slog.String("dependency", o.name),
			slog.String("error", o.describe(err).Error()), slog.Int("attempt", attempt), slog.Int("attempts", attempts))
	}
}

// leave leaves the connections of the pool, where new ones can be had.
func (o *observer) leave(ctx context.Context, pool *pgxpool.Pool) {
	seen := time.Now()
	ctx, cancel := context.WithTimeout(ctx, o.timeout/4)
	defer cancel()
	o.credentials.leave(ctx, seen, pool.Reset)
}

// failed describes the error of the last attempt, if it is the database's, and
// logs it, unless it is an answer. Where a repetition is around it, that tells.
func failed(ctx context.Context, pool *pgxpool.Pool, err error, attempt int, took time.Duration) error {
	var e *Error
	switch {
	case errors.As(err, &e) && e.Attempts > 0, e == nil && !isOurs(err):
		return err
	case e == nil:
		e = observerOf(pool).describe(err)
		err = e
	}
	e.Attempt, e.Attempts = attempt, attempts
	switch how := outcome(ctx, err); {
	case repeating(ctx), how == metrics.Canceled, how == metrics.Failed && !isGone(err):
	default:
		observerOf(pool).logFailed(ctx, e, how, took)
	}
	return err
}

// once runs one transaction and reports whether it may be repeated.
func once(ctx context.Context, pool *pgxpool.Pool, o pgx.TxOptions, work func(context.Context, pgx.Tx) error) (again bool, err error) {
	tx, err := pool.BeginTx(ctx, o)
	if err != nil {
		return repeatable(err), Describe(pool, err)
	}
	defer rollback(ctx, tx)
	if err := work(ctx, tx); err != nil {
		return tx.Conn().IsClosed() || asked(err), err
	}
	return commit(ctx, pool, tx, o.AccessMode == pgx.ReadOnly)
}

// rollback ends a transaction that was not committed, also where ctx is over.
// Where the server does not answer, the session is closed, which ends it too.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	tx.Rollback(ctx)
}

// repeatable reports whether doing the same again may succeed at once. Whether
// it was done already, it cannot tell.
func repeatable(err error) bool {
	var connect *pgconn.ConnectError
	code := sqlState(err)
	switch {
	case asked(err), isRefusal(code), isGone(err), pgconn.SafeToRetry(err):
		return true
	case code != "", errors.As(err, &connect): // it answered, or it is down
		return false
	}
	return isBroken(err)
}

// isGone reports whether the server ended the session.
func isGone(err error) bool {
	code := sqlState(err)
	return code == adminShutdown || code == crashShutdown
}

// asked reports whether PostgreSQL itself wants the transaction repeated.
func asked(err error) bool {
	code := sqlState(err)
	return code == serializationFailure || code == deadlockDetected
}

// pause lets transactions that were in each other's way come apart. It reports
// whether ctx still lives.
func pause(ctx context.Context, err error) bool {
	if !asked(err) {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(rand.N(20 * time.Millisecond)):
		return true
	}
}
