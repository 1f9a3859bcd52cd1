package vault_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/secret"
	"github.com/golive-dev/golive/kit/vault"
)

func TestSourcesOfBothVersions(t *testing.T) {
	f := serve(t)
	f.versioned["orders/payments"] = []map[string]any{{"key": "old"}, {"key": "canary-new", "port": 5432}}
	f.plain["orders"] = map[string]any{"key": "canary-plain", "data": "canary-data", "metadata": "canary-meta"}
	client := connect(t, f, nil)
	for _, c := range []struct{ path, field, want string }{
		{"secret/data/orders/payments", "key", "canary-new"},
		{"/secret/data/orders/payments/", "key", "canary-new"},
		{"secret/data/orders/payments", "port", "5432"},
		{"kv/orders", "key", "canary-plain"},
		{"kv/orders", "data", "canary-data"}, // not taken for a versioned engine's
		{"kv/orders", "metadata", "canary-meta"},
	} {
		if got := read(t, client.Source(c.path, c.field)); got != c.want {
			t.Errorf("%s#%s is %q, want %q", c.path, c.field, got, c.want)
		}
	}
	if got := client.Source("/secret/data/orders/payments", "key").Name(); got != "vault secret/data/orders/payments#key" {
		t.Errorf("the source's name is %s", got)
	}
}

func TestASecretIsFollowed(t *testing.T) {
	f := serve(t)
	f.versioned["orders"] = []map[string]any{{"key": "canary-1"}}
	key, err := secret.Watch(t.Context(), connect(t, f, nil).Source("secret/data/orders", "key"), secret.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	for _, next := range []map[string]any{{"key": "canary-2"}, nil, {"other": "canary"}, {"key": ""}, {"key": "canary-3"}} {
		f.do(func() { f.versioned["orders"] = append(f.versioned["orders"], next) })
		before := key.Get()
		err := key.Refresh(t.Context())
		if text, _ := next["key"].(string); text != "" {
			if err != nil || key.Get().Reveal() != text {
				t.Errorf("after %v there is %q, and the error %v", next, key.Get().Reveal(), err)
			}
		} else if err == nil || !key.Get().Equal(before) {
			t.Errorf("after %v there is %q, and the error %v; want what was before", next, key.Get().Reveal(), err)
		}
	}
}

func TestSecretsThatAreNotThere(t *testing.T) {
	f := serve(t)
	f.versioned["orders"] = []map[string]any{{"key": "canary-1"}, {"key": "canary-2", "tree": map[string]any{"canary": 1}, "flag": true}}
	f.versioned["gone"] = []map[string]any{{"key": "canary-1"}, nil}
	client := connect(t, f, nil)
	for _, c := range []struct {
		path, field string
		words       []string
	}{
		{"secret/data/none", "key", []string{"read secret/data/none", "404", "check the path"}},
		{"kv/none", "key", []string{"read kv/none", "404"}},
		{"secret/orders", "key", []string{"404", "secret/data/orders"}},
		{"secret/data/gone", "key", []string{"secret/data/gone", "version 2 was deleted"}},
		{"secret/data/orders", "password", []string{"secret/data/orders", "no field password"}},
		{"secret/data/orders", "tree", []string{"field tree is neither"}},
		{"secret/data/orders", "flag", []string{"field flag is neither"}},
	} {
		_, err := client.Source(c.path, c.field).Read(t.Context())
		fails(t, c.path, err, append(c.words, "vault at 127.0.0.1:")...)
	}
	_, err := client.Source("kv/none", "key").Read(t.Context())
	var refused *vault.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusNotFound || refused.Path != "kv/none" {
		t.Errorf("got %#v, want an Error with the status", err)
	}
}

// TestAnswersOfOthers feeds what proxies and broken servers answer.
func TestAnswersOfOthers(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	client := connect(t, f, nil)
	read(t, client.Source("kv/orders", "key"))
	body := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); w.Write([]byte(text)) }
	}
	for what, c := range map[string]struct {
		broken http.HandlerFunc
		words  []string
	}{
		"sealed":            {body(503, `{"errors":["Vault is sealed"]}`), []string{"503", "Vault is sealed", "unseal"}},
		"a page":            {body(502, "<html>canary\n\n</html>"), []string{"502"}},
		"internal":          {body(500, `{"errors":["1 error occurred:\n\t* internal error\n\n"]}`), []string{"500", "* internal error", "log"}},
		"a quota":           {body(429, `{"errors":["request path: rate limit quota exceeded"]}`), []string{"429", "quota", "less often"}},
		"long messages":     {body(400, `{"errors":["`+strings.Repeat("x", 5000)+`"]}`), []string{"400", "xxx"}},
		"no JSON":           {body(200, "canary"), []string{"read kv/orders"}},
		"nothing":           {body(200, ""), []string{"read kv/orders"}},
		"a list":            {body(200, `["canary"]`), []string{"read kv/orders"}},
		"no data":           {body(200, `{"data":null}`), []string{"read kv/orders"}},
		"data of some type": {body(200, `{"data":"canary"}`), []string{"read kv/orders"}},
		"half":              {body(200, `{"data":{"key":"canary`), []string{"read kv/orders"}},
		"endless":           {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, []string{"read kv/orders"}},
	} {
		f.do(func() { f.broken = c.broken })
		_, err := client.Source("kv/orders", "key").Read(t.Context())
		fails(t, what, err, append(c.words, "vault at 127.0.0.1:")...)
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: the error has %d bytes", what, len(err.Error()))
		}
	}
	f.do(func() { f.broken = nil })
	if got := read(t, client.Source("kv/orders", "key")); got != "canary" {
		t.Errorf("afterwards there is %q", got)
	}
}

// endless writes until the client leaves.
func endless(w http.ResponseWriter) {
	w.Write([]byte(`{"data":{"key":"`))
	part := []byte(strings.Repeat("k", 1<<16))
	for {
		if _, err := w.Write(part); err != nil {
			return
		}
	}
}
