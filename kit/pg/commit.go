package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// commit ends a transaction and reports, if that failed, whether nothing of it
// happened, so that it may be repeated.
func commit(ctx context.Context, pool *pgxpool.Pool, tx pgx.Tx, readOnly bool) (again bool, err error) {
	var number *int64 // of the transaction, which has none before it writes
	if !readOnly {
		if err := tx.QueryRow(ctx, "SELECT txid_current_if_assigned()").Scan(&number); err != nil {
			return tx.Conn().IsClosed() || asked(err), err
		}
	}
	err = tx.Commit(ctx)
	switch { // not by pgconn.SafeToRetry: it says yes of a COMMIT that was sent and not answered
	case err == nil:
		return false, nil
	case asked(err):
		return true, err
	case !tx.Conn().IsClosed(), isOver(ctx, err):
		return false, err
	case number == nil: // nothing was written
		return true, err
	}
	switch fate(ctx, pool, *number) {
	case "committed":
		return false, nil
	case "aborted":
		return true, err
	}
	return false, err
}

// fate asks what became of a transaction whose session ended: "committed",
// "aborted", or anything else where the server does not know.
func fate(ctx context.Context, pool *pgxpool.Pool, number int64) string {
	for {
		var status *string
		err := Retry(ctx, pool, func(ctx context.Context) error {
			return pool.QueryRow(ctx, "SELECT txid_status($1)", number).Scan(&status)
		})
		if err != nil || status == nil {
			return ""
		}
		if *status != "in progress" || ctx.Err() != nil {
			return *status
		}
		select { // the session is ending
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}
