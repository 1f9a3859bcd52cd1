package certs_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/kittest"
)

// wantError wants a connection to be refused for a reason.
func wantError(t *testing.T, url string, config *tls.Config, reason string) {
	t.Helper()
	if err := connect(t, strings.TrimPrefix(url, "https://"), config); err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %v, want an error with %q", err, reason)
	}
}

// connect makes a handshake and waits for what the server says to it: with
// TLS 1.3 a client is refused only after its own side is done. A request sent
// meanwhile could turn the reason into a reset.
func connect(t *testing.T, address string, config *tls.Config) error {
	t.Helper()
	plain, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(30 * time.Second))
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	_, err = tls.Client(plain, config).Read(make([]byte, 1))
	return err
}

func TestServerRefusesStrangers(t *testing.T) {
	ca, foreign := kittest.NewCA(t), kittest.NewCA(t)
	server := mount(t, files(ca.Issue("localhost"), ca), nil)
	url := serve(t, server.Server())
	stranger := mount(t, files(foreign.Issue("orders"), ca), nil)
	nobody := mount(t, files(ca.Issue("orders"), ca), func(o *certs.Options) { o.Cert, o.Key = "", "" })
	expired := ca.IssueUntil(time.Now().Add(-time.Second), "orders")
	versions(t, func(t *testing.T, version uint16) {
		certificate := "remote error: tls: certificate required"
		if version == tls.VersionTLS12 {
			certificate = "remote error: tls: handshake failure" // 1.2 has no alert of its own for it
		}
		wantError(t, url, only(stranger.Client(), version), "remote error: tls: unknown certificate authority")
		wantError(t, url, only(nobody.Client(), version), certificate)
		config := only(nobody.Client(), version)
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &expired.TLS, nil }
		wantError(t, url, config, "remote error: tls: expired certificate")
	})
}

func TestClientRefusesStrangers(t *testing.T) {
	ca, foreign := kittest.NewCA(t), kittest.NewCA(t)
	client := mount(t, files(ca.Issue("orders"), ca), nil)
	serverOf := func(issued *kittest.Issued) string {
		config := &tls.Config{Certificates: []tls.Certificate{issued.TLS}}
		return serve(t, config)
	}
	versions(t, func(t *testing.T, version uint16) {
		config := only(client.Client(), version)
		wantError(t, serverOf(foreign.Issue("localhost")), config, "unknown authority")
		wantError(t, serverOf(ca.Issue("payments")), config, "valid for payments, not localhost")
		wantError(t, serverOf(ca.IssueUntil(time.Now().Add(-time.Second), "localhost")), config, "expired")
	})
}

func TestPlainTextIsRefused(t *testing.T) {
	ca := kittest.NewCA(t)
	url := serve(t, mount(t, files(ca.Issue("localhost"), ca), nil).Server())
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http" + strings.TrimPrefix(url, "https"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 400 || !strings.Contains(string(body), "HTTP request to an HTTPS server") {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}

	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go server.Serve(plain)
	defer server.Close()
	client := mount(t, files(ca.Issue("orders"), ca), nil)
	if _, _, err := get(t, "https://"+plain.Addr().String(), client.Client()); err == nil || !strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		t.Errorf("got %v", err)
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	ca := kittest.NewCA(t)
	id := mount(t, files(ca.Issue("localhost"), ca), nil)
	url := serve(t, id.Server())
	wantError(t, url, only(id.Client(), tls.VersionTLS11), "protocol version")
	newest := mount(t, files(ca.Issue("localhost"), ca), func(o *certs.Options) { o.MinVersion = tls.VersionTLS13 })
	wantError(t, serve(t, newest.Server()), only(id.Client(), tls.VersionTLS12), "protocol version")
}

func TestWithoutACertificateNothingIsServed(t *testing.T) {
	ca := kittest.NewCA(t)
	id := mount(t, files(ca.Issue("localhost"), ca), func(o *certs.Options) { o.Cert, o.Key = "", "" })
	wantError(t, serve(t, id.Server()), id.Client(), "internal error")
}
