// Package pg opens a pool of connections to PostgreSQL that ends every wait,
// follows the rotation of its credentials, and shows what it does. The pool is
// an ordinary *pgxpool.Pool of pgx v5.
//
//	password, err := secret.Watch(ctx, secret.File("/run/secrets/db-password"), secret.Options{})
//	if err != nil {
//		return err
//	}
//	pool, err := pg.Open(ctx, pg.Config{URL: "postgres://orders@db:5432/orders", Password: password})
//	if err != nil {
//		return err
//	}
//	defer pool.Close()
//	err = pg.InTx(ctx, pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
//		_, err := tx.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", item)
//		return err
//	})
//
// # Every wait ends
//
// [Config.Timeout] (5 s) bounds each statement, each wait for a connection and
// each new connection, also when the caller's context has no deadline; the
// context's deadline can only shorten it. The server gets it as
// statement_timeout and so ends the work too, and keeps the connection. The
// client itself waits a tenth longer, 100 ms at most, for that answer; a server
// or network gone silent is then left, whatever it was in the middle of. A
// statement that must take longer belongs to a pool of its own, migrations to
// [MigrationDB].
//
// The server need not be up at [Open], nor stay up. A connection that ended
// while it was idle is noticed, without a round trip, when it is to be used, and
// replaced. What was already sent on one that ends is repeated by [InTx], where
// nothing was committed, and by [Retry], for work that may be done twice; by
// nothing else, since nobody knows whether it was done.
//
// # Credentials
//
// User and password are [secret.Value], read again for every new connection.
// When they change and the server has accepted the new ones, all connections
// are renewed, each when it is given back. While the server refuses them,
// because the file is not written yet or was written too early, the pool keeps
// the connections it has and makes no new ones: who needs a connection waits for
// one that becomes free, up to [Config.Timeout], as in a pool of that size.
//
// So a rotation costs no request as long as one connection lives and those that
// live can carry the load; also not with the plain pool, and however late the
// file is. The order that never tries more than that: make the new credentials
// valid, write the files, then end the old sessions. What goes through [InTx] and
// [Retry] also survives that sessions are ended in the middle of a statement or
// of COMMIT; with the plain pool, such a statement fails.
//
// Where all sessions are ended before the file is there, requests wait for it, up
// to Config.Timeout or their own deadline, and one that waited in vain fails. So
// those are lost that began more than Config.Timeout before the new credentials
// were accepted, and no others. That is when the file is noticed, up to a tenth
// of the time since the refusal after it was written (50 ms at least, 1 s at
// most), and one login. A file that is later than about nine tenths of
// Config.Timeout therefore costs requests. To depend on no such time, let two
// users take turns by [Config.User]: renew the one that is not in use, write the
// files, end the other's sessions when it has none left in use. Nothing is
// refused then that anybody needs.
//
// A credential that was refused is not tried again for a second, unless it
// changes. A password in the URL or in PGPASSWORD is an error of [Open]: both
// end up in process lists and logs.
// Where the URL does not say how to encrypt, a server that is not this host
// must show a certificate for its name (sslmode=verify-full).
//
// # What it shows
//
//   - Log: call.failed for what got no answer, with host, port, timeout and
//     attempt; query.slow for what takes [Config.SlowQuery] (200 ms: well above
//     an indexed lookup, well below what a user calls slow);
//     pg.credentials_changed, pg.credentials_refused; on level debug
//     call.completed and call.retried.
//   - Metrics: db_client_operation_duration_seconds{dependency,operation,outcome},
//     db_client_slow_operations_total{dependency,operation},
//     db_client_connections_unserved_total{dependency,outcome}, and pool_* of
//     package metrics: connections in use, open, allowed; waits.
//   - Spans of kind client per statement, batch, copy and connect, with the
//     attributes db.* and server.* of OpenTelemetry's conventions.
//   - Errors: [Describe] adds which database, its host and port, and the timeout,
//     on one line. A handler may return what [InTx], [Retry] or Describe returned:
//     package problem answers 503 with Retry-After where the database was not
//     reached or gave no answer in time ([Error.ProblemStatus]). The pool's own
//     errors do the same where there was no connection, or it broke.
//
// Values never show: arguments are not looked at, every string and number that
// stands in the SQL becomes ?, and of the server's errors only those messages
// are repeated that hold no values.
//
// # Defaults
//
// 10 connections: PostgreSQL takes 100 unless told otherwise, so nine replicas
// fit. A connection lives an hour (pgx) and up to 6 minutes more, by chance, so
// that not all are renewed at once. A connection idle for over a second is asked
// whether it lives before it is used (pgx), with a quarter of Timeout to answer.
//
// # What it does not do
//
// No query builder and no mapping. No load balancing beyond what pgx does with
// several hosts. PgBouncer refuses statement_timeout unless its
// ignore_startup_parameters names it. A LISTEN is not bounded.
//
// Requirements: resilience/timeouts, resilience/recovery, security/secret-refresh,
// security/secrets-storage, security/encryption-in-transit, security/pii-logs,
// observability/error-context, observability/log-boundaries, observability/span-per-call,
// observability/datastore-monitoring, deployment/startup, data/migrations
package pg
