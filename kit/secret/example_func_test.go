package secret_test

import (
	"context"
	"fmt"

	"github.com/golive-dev/golive/kit/secret"
)

// A source of another store is a function.
func ExampleFunc() {
	source := secret.Func("sealed box", func(context.Context) ([]byte, error) {
		return []byte("hunter2"), nil // ask the store here
	})
	token, err := secret.Watch(context.Background(), source, secret.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer token.Close()
	fmt.Println(token.Name(), token.Get())
	// Output: sealed box [secret]
}
