// Package data removes data: of an account that is deleted, wherever it lies,
// with a receipt; and what is older than it may be kept.
//
//	purger := data.NewPurger(data.PurgerOptions{Audit: auditLog, Key: key})
//	purger.Register("orders", deleteOrders)
//	purger.Register("search", deleteFromIndex)
//	…
//	receipt, err := purger.Purge(ctx, accountID)
//
// Register everything that keeps something about an account: tables, caches,
// search indexes, files, other services. All stores are tried, whatever
// happens to the others. The receipt says what was removed where and when; if a
// store failed, keep the receipt and go on later:
//
//	receipt, err = purger.Resume(ctx, accountID, receipt)
//
// Stores that were purged are not asked again. In receipts and logs an account
// is a hash, and its id is cut out of the stores' error texts. Give a Key: the
// plain hash of a mail address is found out by trying.
//
// # Retention
//
//	sweeper := data.NewSweeper(data.SweeperOptions{})
//	err := sweeper.Add(data.Rule{Name: "sessions", Keep: 30 * 24 * time.Hour,
//		Sweep: func(ctx context.Context, before time.Time, limit int) (int64, error) {
//			tag, err := pool.Exec(ctx, `delete from sessions where id in
//				(select id from sessions where used < $1 limit $2 for update skip locked)`, before, limit)
//			return tag.RowsAffected(), err
//		}})
//	go sweeper.Run(ctx, time.Hour)
//
// Each replica may sweep; with skip locked they do not wait for each other.
//
// # Defaults
//
// A store may take 30 s per purge. Sweeps remove 1000 at once, transactions of
// milliseconds, with 100 ms between them for replication and vacuum to keep
// up, and at most 1000 times in a round. Rounds and pauses vary by a tenth. A
// rule without a time to keep is refused: it would remove everything.
//
// # What it does not do
//
// It knows no schema: what belongs to an account is yours to say, and golive's
// drill of the purge checks it against a dump. Backups keep what they have
// until they expire. Nothing is retried by itself; keep receipts that are not
// complete and resume them.
//
// Requirements: data/purge, security/pii-logs, observability/access-log
package data
