package vault_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/vault"
)

func TestWaysToLogIn(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	f.tokens["canary-agent"] = &grant{end: f.now.Add(time.Hour)}
	for _, c := range []struct {
		name string
		auth vault.Auth
		want []string
	}{
		{"kubernetes", vault.Kubernetes("orders", file(t, "", "jwt-1")), []string{"PUT auth/kubernetes/login", "GET kv/orders"}},
		{"kubernetes elsewhere", vault.Kubernetes("orders", file(t, "", "jwt-1")).At("/prod/"), []string{"PUT auth/prod/login", "GET kv/orders"}},
		{"approle", vault.AppRole("orders-id", file(t, "", "secret-id-1")), []string{"PUT auth/approle/login", "GET kv/orders"}},
		{"token file", vault.TokenFile(file(t, "", "canary-agent")), []string{"GET kv/orders"}},
	} {
		client := connect(t, f, func(config *vault.Config) { config.Auth = c.auth })
		f.taken()
		if got := read(t, client.Source("kv/orders", "key")); got != "canary" {
			t.Errorf("%s: got %q", c.name, got)
		}
		equal(t, c.name, f.taken(), c.want...)
		read(t, client.Source("kv/orders", "key"))
		equal(t, c.name+", again", f.taken(), "GET kv/orders")
	}
}

func TestLoginsThatFail(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	missing := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		name  string
		auth  vault.Auth
		words []string
	}{
		{"wrong jwt", vault.Kubernetes("orders", file(t, "", "jwt-2")), []string{"log in at auth/kubernetes/login", "403", "check the role"}},
		{"wrong role", vault.Kubernetes("admin", file(t, "", "jwt-1")), []string{"403", "check the role"}},
		{"wrong secret id", vault.AppRole("orders-id", file(t, "", "canary")), []string{"auth/approle/login", "400", "invalid role or secret ID"}},
		{"empty jwt", vault.Kubernetes("orders", file(t, "", "")), []string{"is empty"}},
		{"no jwt mounted", vault.Kubernetes("orders", ""), []string{"/var/run/secrets/kubernetes.io/serviceaccount/token"}},
		{"missing secret id", vault.AppRole("orders-id", missing), []string{missing}},
		{"missing token", vault.TokenFile(missing), []string{missing}},
		{"wrong token", vault.TokenFile(file(t, "", "canary-none")), []string{"read kv/orders", "403", "permission denied"}},
		{"token of two lines", vault.TokenFile(file(t, "", "canary\r\ncanary")), []string{"read kv/orders"}},
	} {
		client := connect(t, f, func(config *vault.Config) { config.Auth = c.auth })
		_, err := client.Source("kv/orders", "key").Read(t.Context())
		fails(t, c.name, err, c.words...)
		if strings.HasPrefix(c.name, "missing") && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v is no fs.ErrNotExist", c.name, err)
		}
	}
}

func TestATokenIsRenewedWhenDue(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	f.tokenTerm = term{lasts: time.Hour, most: 100 * time.Minute}
	source := connect(t, f, nil).Source("kv/orders", "key")
	for _, c := range []struct {
		after time.Duration
		what  string
		want  []string
	}{
		{0, "at first", []string{"PUT auth/kubernetes/login", "GET kv/orders"}},
		{39 * time.Minute, "before it is due", []string{"GET kv/orders"}},
		{time.Minute, "when due", []string{"PUT auth/token/renew-self", "GET kv/orders"}},
		{39 * time.Minute, "renewed", []string{"GET kv/orders"}},
		// a renewal now brings 20 of 60 minutes
		{time.Minute, "near its greatest time", []string{"PUT auth/token/renew-self", "PUT auth/kubernetes/login", "GET kv/orders"}},
		{5 * time.Hour, "long after", []string{"PUT auth/kubernetes/login", "GET kv/orders"}},
	} {
		f.advance(c.after)
		f.taken()
		read(t, source)
		equal(t, c.what, f.taken(), c.want...)
	}
}

// TestAJWTIsReadAtEachLogin holds that a service account's token, which
// Kubernetes rotates, is not kept.
func TestAJWTIsReadAtEachLogin(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	path := file(t, "", "jwt-1")
	source := connect(t, f, func(c *vault.Config) { c.Auth = vault.Kubernetes("orders", path) }).Source("kv/orders", "key")
	read(t, source)
	f.do(func() { f.jwt = "jwt-2" })
	file(t, path, "jwt-2")
	f.advance(2 * time.Hour)
	read(t, source)
}

func TestARevokedTokenIsReplaced(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	source := connect(t, f, nil).Source("kv/orders", "key")
	read(t, source)
	f.advance(2 * time.Minute)
	f.do(func() { clear(f.tokens) })
	f.taken()
	read(t, source)
	equal(t, "revoked", f.taken(), "GET kv/orders", "GET auth/token/lookup-self", "PUT auth/kubernetes/login", "GET kv/orders")
}

// TestALackOfRightsBringsNoLogin holds that each login is not a storm of them,
// nor the end of the database's.
func TestALackOfRightsBringsNoLogin(t *testing.T) {
	f := serve(t)
	f.denied["kv/orders"] = true
	source := connect(t, f, nil).Source("kv/orders", "key")
	for _, c := range []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"PUT auth/kubernetes/login", "GET kv/orders"}},
		{30 * time.Second, []string{"GET kv/orders"}},
		{time.Minute, []string{"GET kv/orders", "GET auth/token/lookup-self"}},
	} {
		f.advance(c.after)
		f.taken()
		_, err := source.Read(t.Context())
		fails(t, "denied", err, "403", "permission denied", "policy")
		equal(t, "denied", f.taken(), c.want...)
	}
}

// TestATokenIsUsedWhileALoginFails logs the failure once.
func TestATokenIsUsedWhileALoginFails(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	f.tokenTerm.fixed = true
	var lines bytes.Buffer
	source := connect(t, f, func(c *vault.Config) { c.Log = slog.New(slog.NewTextHandler(&lines, nil)) }).Source("kv/orders", "key")
	read(t, source)
	f.do(func() { f.jwt = "another" })
	f.advance(45 * time.Minute)
	for range 5 {
		read(t, source)
	}
	if got := strings.Count(lines.String(), "vault.login_failed"); got != 1 || strings.Contains(lines.String(), "jwt-1") {
		t.Errorf("%d failures logged:\n%s", got, &lines)
	}
	f.advance(15 * time.Minute)
	_, err := source.Read(t.Context())
	fails(t, "after the token's end", err, "log in at", "403")
}

func TestATokenFileThatIsLost(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	f.tokens["canary-agent"] = &grant{end: f.now.Add(24 * time.Hour)}
	path := file(t, "", "canary-agent")
	source := connect(t, f, func(c *vault.Config) { c.Auth = vault.TokenFile(path) }).Source("kv/orders", "key")
	read(t, source)
	file(t, path, "")
	read(t, source)
}

func TestCloseRevokesItsToken(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	client := connect(t, f, nil)
	db := client.Database("orders")
	user, password := read(t, db.User()), read(t, db.Password())
	f.taken()
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "Close", f.taken(), "PUT auth/token/revoke-self")
	if f.logsIn(user, password) {
		t.Error("the login to the database survived its token")
	}
	_, err := client.Source("kv/orders", "key").Read(t.Context())
	fails(t, "after Close", err, "closed")
}

func TestCloseLeavesAnAgentsToken(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	f.tokens["canary-agent"] = &grant{end: f.now.Add(24 * time.Hour)}
	client := connect(t, f, func(c *vault.Config) { c.Auth = vault.TokenFile(file(t, "", "canary-agent")) })
	read(t, client.Source("kv/orders", "key"))
	f.taken()
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "Close", f.taken())
}

func TestCloseSaysWhatItCouldNotRevoke(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	client := connect(t, f, nil)
	read(t, client.Source("kv/orders", "key"))
	f.do(func() { f.sealed = true })
	fails(t, "Close", client.Close(context.WithoutCancel(t.Context())), "revoke-self", "503")
}
