package vault_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/vault"
)

func TestConfigIsChecked(t *testing.T) {
	auth := vault.Kubernetes("orders", "")
	for want, c := range map[string]vault.Config{
		"Config.Address is missing":           {Auth: auth},
		"Config.Address is no URL":            {Auth: auth, Address: "vault:8200"},
		"Config.Address is no URL with":       {Auth: auth, Address: "ftp://vault"},
		"Config.Address is no URL with sch":   {Auth: auth, Address: "https://va ult"},
		"Config.Address holds a user":         {Auth: auth, Address: "https://canary:canary@vault"},
		"Config.Address is http":              {Auth: auth, Address: "http://vault:8200"},
		"Config.Auth is missing":              {Address: "https://vault:8200"},
		"Config.Timeout is -1s":               {Auth: auth, Address: "https://vault:8200", Timeout: -time.Second},
		"Config.TLS and Config.Transport are": {Auth: auth, Address: "https://vault:8200", TLS: &tls.Config{}, Transport: http.DefaultTransport},
	} {
		client, err := vault.New(c)
		if client != nil {
			t.Errorf("%s: there is a client", want)
		}
		fails(t, want, err, want)
	}
	for _, c := range []vault.Config{
		{Auth: auth, Address: "https://vault:8200"},
		{Auth: auth, Address: "http://127.0.0.1:8200"},
		{Auth: auth, Address: "http://localhost:8200"},
		{Auth: auth, Address: "http://[::1]:8200"},
		{Auth: auth, Address: "http://vault:8200", Plain: true},
	} {
		if _, err := vault.New(c); err != nil {
			t.Errorf("%s: %v", c.Address, err)
		}
	}
}

// TestTheEnvironmentIsNotRead sets what the library would take by itself.
func TestTheEnvironmentIsNotRead(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	for _, prefix := range []string{"VAULT_", "BAO_"} {
		t.Setenv(prefix+"TOKEN", "canary-from-environment")
		t.Setenv(prefix+"ADDR", "http://127.0.0.1:1")
		t.Setenv(prefix+"NAMESPACE", "elsewhere")
		t.Setenv(prefix+"SKIP_VERIFY", "true")
		t.Setenv(prefix+"CLIENT_TIMEOUT", "nonsense")
	}
	read(t, connect(t, f, nil).Source("kv/orders", "key"))
}

func TestNamespace(t *testing.T) {
	f := serve(t)
	f.plain["orders"] = map[string]any{"key": "canary"}
	f.namespace = "commerce"
	client := connect(t, f, func(c *vault.Config) { c.Namespace = "commerce" })
	read(t, client.Source("kv/orders", "key"))
	if err := client.Check(t.Context()); err != nil {
		t.Error(err)
	}
	_, err := connect(t, f, nil).Source("kv/orders", "key").Read(t.Context())
	fails(t, "without a namespace", err, "auth/kubernetes/login")
}

func TestCheck(t *testing.T) {
	f := serve(t)
	client := connect(t, f, nil)
	if err := client.Check(t.Context()); err != nil {
		t.Error(err)
	}
	f.do(func() { f.sealed = true })
	fails(t, "sealed", client.Check(t.Context()), "sealed", "unseal")
	f.do(func() {
		f.broken = func(w http.ResponseWriter, _ *http.Request) {
			answer(w, map[string]any{"initialized": false, "sealed": true})
		}
	})
	fails(t, "new", client.Check(t.Context()), "not initialised")
	f.do(func() { f.broken = func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, "oops") } })
	fails(t, "broken", client.Check(t.Context()), "500", "oops")
	equal(t, "Check", f.taken(), "GET sys/health", "GET sys/health", "GET sys/health", "GET sys/health")
}

func TestAServerThatIsDown(t *testing.T) {
	f := serve(t)
	client := connect(t, f, nil)
	f.Server.Close()
	_, err := client.Source("kv/orders", "key").Read(t.Context())
	fails(t, "down", err, "vault at 127.0.0.1:", "log in at auth/kubernetes/login", "connection refused")
	if strings.Count(err.Error(), "/v1/") > 0 {
		t.Errorf("the error repeats the address: %v", err)
	}
	fails(t, "Check", client.Check(t.Context()), "connection refused")
}

func TestAServerThatHangs(t *testing.T) {
	quiet := httptest.NewServer(http.HandlerFunc(hang))
	defer quiet.Close()
	client, err := vault.New(vault.Config{Address: quiet.URL, Auth: vault.Kubernetes("orders", file(t, "", "jwt-1")), Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.WithoutCancel(t.Context()))
	_, err = client.Source("kv/orders", "key").Read(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

// TestReadersWaitNoLongerThanTheirContext holds that one login that hangs does
// not hold all others.
func TestReadersWaitNoLongerThanTheirContext(t *testing.T) {
	arrived := make(chan struct{})
	quiet := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { close(arrived); hang(w, r) }))
	defer quiet.Close()
	client, err := vault.New(vault.Config{Address: quiet.URL, Auth: vault.Kubernetes("orders", file(t, "", "jwt-1")), Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(context.WithoutCancel(t.Context()))
	first, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); client.Source("kv/orders", "key").Read(first) }()
	<-arrived
	over, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("we are late"))
	_, err = client.Source("kv/orders", "key").Read(over)
	fails(t, "the second reader", err, "wait for another", "we are late")
	fails(t, "Close", client.Close(over), "we are late")
	stop()
	<-ended
}

func TestTLS(t *testing.T) {
	f := newFake()
	handler := f.Config.Handler
	f.Server.Close()
	f.Server = httptest.NewTLSServer(handler)
	t.Cleanup(f.Server.Close)
	f.plain["orders"] = map[string]any{"key": "canary"}

	roots := x509.NewCertPool()
	roots.AddCert(f.Certificate())
	trusting := connect(t, f, func(c *vault.Config) { c.TLS = &tls.Config{RootCAs: roots} })
	read(t, trusting.Source("kv/orders", "key"))
	own := connect(t, f, func(c *vault.Config) { c.Transport = f.Client().Transport })
	read(t, own.Source("kv/orders", "key"))

	_, err := connect(t, f, nil).Source("kv/orders", "key").Read(t.Context())
	fails(t, "an unknown authority", err, "certificate")
}
