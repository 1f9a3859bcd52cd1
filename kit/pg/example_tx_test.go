package pg_test

import (
	"context"
	"fmt"

	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/jackc/pgx/v5"
)

// A transaction survives that its session is ended, here by itself, as when
// credentials are rotated: it is run once more, and done once.
func ExampleInTx() {
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

	runs := 0
	err = pg.InTx(ctx, pool, pgx.TxOptions{}, func(ctx context.Context, tx pgx.Tx) error {
		runs++
		if _, err := tx.Exec(ctx, "INSERT INTO orders (item) VALUES ($1)", "tea"); err != nil {
			return err
		}
		if runs == 1 {
			tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
		}
		return nil
	})
	fmt.Println(runs, "runs:", err)

	var orders int
	err = pg.Retry(ctx, pool, func(ctx context.Context) error {
		return pool.QueryRow(ctx, "SELECT count(*) FROM orders").Scan(&orders)
	})
	fmt.Println(orders, "order:", err)
	// Output:
	// 2 runs: <nil>
	// 1 order: <nil>
}
