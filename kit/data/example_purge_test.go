package data_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/golive-dev/golive/kit/data"
)

// An account is deleted while the search index is away.
func ExamplePurger() {
	away := true
	purger := data.NewPurger(data.PurgerOptions{Key: []byte("from a secret"), Log: slog.New(slog.DiscardHandler)})
	purger.Register("orders", func(ctx context.Context, account string) (int64, error) {
		return 3, nil // delete from orders where account = $1
	})
	purger.Register("search", func(ctx context.Context, account string) (int64, error) {
		if away {
			return 0, errors.New("connection refused")
		}
		return 1, nil
	})

	receipt, err := purger.Purge(context.Background(), "account-7")
	fmt.Println("complete:", receipt.Complete, "removed:", receipt.Removed())
	fmt.Println(err)

	away = false
	receipt, err = purger.Resume(context.Background(), "account-7", receipt)
	fmt.Println("complete:", receipt.Complete, "removed:", receipt.Removed(), err)
	// Output:
	// complete: false removed: 3
	// the purge is incomplete, resume it with its receipt: search: connection refused
	// complete: true removed: 4 <nil>
}
