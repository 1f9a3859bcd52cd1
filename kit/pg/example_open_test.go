package pg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golive-dev/golive/kit/pg"
	"github.com/golive-dev/golive/kit/secret"
)

// A pool whose user and password stand in files, as platforms mount them.
func ExampleOpen() {
	address, userFile, passwordFile, stop := startDatabase()
	defer stop()
	ctx := context.Background()

	user, err := secret.Watch(ctx, secret.File(userFile), secret.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer user.Close()
	password, err := secret.Watch(ctx, secret.File(passwordFile), secret.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer password.Close()

	pool, err := pg.Open(ctx, pg.Config{URL: address, Name: "orders-db", User: user, Password: password, Timeout: 500 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	var timeout string
	err = pool.QueryRow(ctx, "SHOW statement_timeout").Scan(&timeout)
	fmt.Println(timeout, err)
	// Output: 500ms <nil>
}

// An error of the pool says nothing of where; Describe adds it.
func ExampleDescribe() {
	pool, err := pg.Open(context.Background(), pg.Config{URL: "postgres://orders@127.0.0.1:1/orders", Name: "orders-db"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	err = pg.Describe(pool, pool.Ping(context.Background()))
	text, _, _ := strings.Cut(err.Error(), ": ")
	fmt.Println(text)

	var described *pg.Error
	fmt.Println(errors.As(err, &described), described.Dependency, described.Port)
	// Output:
	// orders-db (127.0.0.1:1, timeout 5s)
	// true orders-db 1
}
