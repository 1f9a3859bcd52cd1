package migrate_test

import (
	"database/sql"
	"fmt"
	"testing/fstest"

	"github.com/golive-dev/golive/kit/pg/migrate"
	_ "github.com/jackc/pgx/v5/stdlib"
)

// A pull request that takes a column away at once, while the version before
// still reads it, is refused by a test of one line.
func ExampleMigrations_CheckCompatible() {
	files := fstest.MapFS{ // a service embeds them with //go:embed
		"00001_customers.sql": {Data: []byte("-- +goose Up\nCREATE TABLE customers (id int, fax text);\n-- +goose Down\nDROP TABLE customers;\n")},
		"00002_no_fax.sql":    {Data: []byte("-- +goose Up\nALTER TABLE customers DROP fax;\n-- +goose Down\nALTER TABLE customers ADD fax text;\n")},
	}
	db, err := sql.Open("pgx", "postgres://127.0.0.1/orders") // never connected
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	m, err := migrate.New(files, db, migrate.PostgreSQL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.CheckCompatible())
	// Output:
	// 00002_no_fax.sql:2: ALTER TABLE customers: DROP of fax takes away what the version before may use; the version before still runs on this schema: add now and take away in a later release, in a migration marked -- kit:contract
}
