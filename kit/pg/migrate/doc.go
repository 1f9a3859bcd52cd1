// Package migrate brings a database's schema forward and back, so that a
// deployment can fail at any step without harm, over goose v3.
//
//	//go:embed migrations/*.sql
//	var files embed.FS
//
//	fsys, _ := fs.Sub(files, "migrations")
//	db := pg.MigrationDB(pool)
//	defer db.Close()
//	m, err := migrate.New(fsys, db, migrate.PostgreSQL)
//	if err != nil {
//		return err
//	}
//	return m.Up(ctx)
//
// A migration is a file such as 00003_add_phone.sql:
//
//	-- +goose Up
//	ALTER TABLE customers ADD phone text;
//
//	-- +goose Down
//	ALTER TABLE customers DROP phone;
//
// What it holds:
//
//   - A step that fails leaves nothing behind: each runs in a transaction
//     together with the note that it ran. [New] therefore refuses BEGIN and
//     COMMIT in a migration, and NO TRANSACTION with more than one statement.
//   - Processes that start at once take turns: a session lock of PostgreSQL,
//     asked for every 100 ms instead of waited for, because a session that
//     waits makes CREATE INDEX CONCURRENTLY wait for it. One connection is
//     enough. The lock ends with its process.
//   - Each migration says how it is undone: [New] refuses one without a Down.
//   - The version of the service that still runs keeps running: see below.
//
// # Old versions on the new schema
//
// During a rollout, and after a rollback, the version before runs on the new
// schema. So what it uses must still be there (expand), and is taken away when
// nobody uses it any more (contract), by a later migration that says so in a
// comment of its own:
//
//	-- +goose Up
//	-- kit:contract since 2.4 nobody reads it
//	ALTER TABLE customers DROP fax;
//
// Without that comment, [Migrations.CheckCompatible] refuses what an old
// version does not survive: DROP of a table, column, view, type, function and
// the like, or of a default; RENAME and SET SCHEMA; a change of a column's
// type; a new column that is NOT NULL without a default; SET NOT NULL, also by
// a primary key or CHECK (… IS NOT NULL); DETACH PARTITION; TRUNCATE; REVOKE;
// row security on a table that had none; dynamic SQL in a DO block, for nobody
// knows what it does. Things that the migration itself made are its own to
// take away. Call CheckCompatible in a test, so that a pull request shows it;
// [Migrations.Up] also refuses such a migration on a database that an old
// version uses, which is any that has a migration already.
//
// The judgement reads statements, not meaning: comments, strings and dollar
// quotes do not fool it. It does not judge a new UNIQUE, CHECK or foreign key
// (old data decides), a dropped constraint or plain index (which loosens), what
// a called function does, or data that changed its meaning.
//
// # What it does not do
//
// No migrations in Go, no environment variables in migrations (ENVSUB), no
// order other than by number. SQLite has no session lock: let one process
// migrate it. A connection pooler in transaction mode has no sessions: migrate
// on a direct connection. A CREATE INDEX CONCURRENTLY that fails leaves an
// invalid index; DROP INDEX IF EXISTS before it, in a migration of its own,
// makes it repeatable.
//
// Requirements: data/migrations
package migrate
