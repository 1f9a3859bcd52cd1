package vault_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/golive-dev/golive/kit/vault"
)

// A login to a database that lives as long as its lease. The pool opens its
// connections with what Get returns and is reset when that changes.
func ExampleClient_Database() {
	server := newFake()
	defer server.Close()
	server.leaseTerm = term{lasts: 10 * time.Minute, fixed: true} // a lease that cannot be renewed
	dir, err := os.MkdirTemp("", "vault")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	id := filepath.Join(dir, "secret-id")
	os.WriteFile(id, []byte("secret-id-1"), 0o600)

	client, err := vault.New(vault.Config{Address: server.URL, Auth: vault.AppRole("orders-id", id), Now: server.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	defer client.Close(ctx) // withdraws the login
	db := client.Database("orders")
	user, err := secret.Watch(ctx, db.User(), secret.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer user.Close()
	password, err := secret.Watch(ctx, db.Password(), secret.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer password.Close()

	reset := make(chan struct{}, 1)
	password.Subscribe(func(redact.Secret[string]) { reset <- struct{}{} }) // pool.Reset()
	fmt.Println("logs in:", server.logsIn(user.Get().Reveal(), password.Get().Reveal()))

	server.advance(7 * time.Minute) // two thirds of the lease are over
	user.Refresh(ctx)               // as the next poll does
	<-reset
	fmt.Println("logs in after a rotation:", server.logsIn(user.Get().Reveal(), password.Get().Reveal()))
	// Output:
	// logs in: true
	// logs in after a rotation: true
}
