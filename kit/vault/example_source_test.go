package vault_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/golive-dev/golive/kit/secret"
	"github.com/golive-dev/golive/kit/vault"
)

// A field of a secret is watched like a file. The pod logs in with its service
// account.
func ExampleClient_Source() {
	server := newFake() // stands for https://vault.example.org:8200
	defer server.Close()
	server.versioned["orders"] = []map[string]any{{"api_key": "first"}}
	dir, err := os.MkdirTemp("", "vault")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	jwt := filepath.Join(dir, "token")
	os.WriteFile(jwt, []byte("jwt-1"), 0o600)

	client, err := vault.New(vault.Config{
		Address: server.URL,
		Auth:    vault.Kubernetes("orders", jwt), // in a pod the path is ""
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	defer client.Close(ctx)
	key, err := secret.Watch(ctx, client.Source("secret/data/orders", "api_key"), secret.Options{Every: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer key.Close()
	fmt.Println(key.Name(), key.Get(), key.Get().Reveal())

	server.do(func() {
		server.versioned["orders"] = append(server.versioned["orders"], map[string]any{"api_key": "second"})
	})
	key.Refresh(ctx) // or wait for the next poll
	fmt.Println(key.Get().Reveal())
	// Output:
	// vault secret/data/orders#api_key [secret] first
	// second
}
