package secret_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/golive-dev/golive/kit/redact"
	"github.com/golive-dev/golive/kit/secret"
)

// A password is read from the file that the orchestrator mounts, and followed
// when it is rotated there.
func ExampleWatch() {
	dir, err := os.MkdirTemp("", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "password")
	os.WriteFile(path, []byte("first\n"), 0o600)

	password, err := secret.Watch(context.Background(), secret.File(path), secret.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer password.Close()
	password.Subscribe(func(redact.Secret[string]) { fmt.Println("rotated: reset the pool") })
	fmt.Println(password.Get(), password.Get().Reveal())

	os.WriteFile(path, []byte("second\n"), 0o600)
	password.Refresh(context.Background()) // or wait for the next poll
	fmt.Println(password.Get(), password.Get().Reveal())
	// Output:
	// [secret] first
	// rotated: reset the pool
	// [secret] second
}
