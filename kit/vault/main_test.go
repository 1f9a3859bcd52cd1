package vault_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/secret"
	"github.com/golive-dev/golive/kit/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a fake until the test ends.
func serve(t *testing.T) *fake {
	f := newFake()
	t.Cleanup(f.Close)
	return f
}

// file writes a file as if it had lain there for an hour.
func file(t *testing.T, path, text string) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "credential")
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return path
}

// connect returns a client of f that is closed with the test.
func connect(t *testing.T, f *fake, change func(*vault.Config)) *vault.Client {
	t.Helper()
	c := vault.Config{Address: f.URL, Now: f.Now, Timeout: 30 * time.Second, Auth: vault.Kubernetes("orders", file(t, "", "jwt-1"))}
	if change != nil {
		change(&c)
	}
	client, err := vault.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(context.WithoutCancel(t.Context())) })
	return client
}

func read(t *testing.T, s secret.Source) string {
	t.Helper()
	text, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fails holds that err says all of the words in one line, and no content.
func fails(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %v; want %q in it", what, err, w)
		}
	}
	if text := err.Error(); strings.Contains(text, "\n") || strings.Contains(text, "canary") || strings.Contains(text, "jwt-") {
		t.Errorf("%s: the error has lines or content: %s", what, text)
	}
}

// equal compares lists of requests.
func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s: requested\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
