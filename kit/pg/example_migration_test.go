package pg_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/pg/migrate"
	"github.com/golive-dev/golive/kit/secret"
)

// The database of migrations is the caller's to close, as soon as the schema is
// up to date. Services have their files from go:embed.
func ExampleMigrationDB() {
	address, userFile, passwordFile, stop := startDatabase()
	defer stop()
	ctx := context.Background()
	user, _ := secret.Watch(ctx, secret.File(userFile), secret.Options{})
	defer user.Close()
	password, _ := secret.Watch(ctx, secret.File(passwordFile), secret.Options{})
	defer password.Close()
	pool, err := pg.Open(ctx, pg.Config{URL: address, User: user, Password: password})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	upToDate := func(ctx context.Context) error {
		db := pg.MigrationDB(pool)
		defer db.Close()
		files := fstest.MapFS{"00001_phone.sql": {Data: []byte("-- +goose Up\nALTER TABLE orders ADD phone text;\n-- +goose Down\nALTER TABLE orders DROP phone;\n")}}
		m, err := migrate.New(files, db, migrate.PostgreSQL)
		if err != nil {
			return err
		}
		return m.Up(ctx)
	}
	fmt.Println(upToDate(ctx))

	_, err = pool.Exec(ctx, "INSERT INTO orders (item, phone) VALUES ('tea', '4711')")
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
}
