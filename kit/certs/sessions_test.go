package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/golive-dev/golive/kit/kittest"
)

// resumed makes two requests and wants the second to resume the session of
// the first.
func resumed(t *testing.T, url string, config *tls.Config) {
	t.Helper()
	for _, want := range []bool{false, true} {
		if state, _, err := get(t, url, config); err != nil || state.DidResume != want {
			t.Fatalf("resumed: %t, want %t; %v", state.DidResume, want, err)
		}
	}
}

func TestSessionsAreResumedAcrossARenewal(t *testing.T) {
	ca := kittest.NewCA(t)
	server, client := mount(t, files(ca.Issue("localhost"), ca), nil), mount(t, files(ca.Issue("orders"), ca), nil)
	url := serve(t, server.Server())
	versions(t, func(t *testing.T, version uint16) {
		config := only(client.Client(), version)
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		resumed(t, url, config)
		server.renew(t, files(ca.Issue("localhost"), ca))
		if state, _, err := get(t, url, config); err != nil || !state.DidResume {
			t.Errorf("resumed: %t; %v", state.DidResume, err)
		}
	})
}

// A client that resumes a session gets no further than with a full handshake
// when its authority was removed meanwhile.
func TestServerVerifiesResumedSessions(t *testing.T) {
	ca, old := kittest.NewCA(t), kittest.NewCA(t)
	versions(t, func(t *testing.T, version uint16) {
		server := mount(t, files(ca.Issue("localhost"), ca, old), nil)
		client := mount(t, files(old.Issue("orders"), ca), nil)
		url := serve(t, server.Server())
		config := only(client.Client(), version)
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		resumed(t, url, config)
		server.renew(t, files(ca.Issue("localhost"), ca))
		wantError(t, url, config, "remote error: tls: ")
	})
}

// What crypto/tls does by itself with such a session has changed between its
// versions; VerifyConnection does not depend on it.
func TestVerifyConnectionAloneRefusesResumedClients(t *testing.T) {
	ca, old := kittest.NewCA(t), kittest.NewCA(t)
	server := mount(t, files(ca.Issue("localhost"), ca, old), nil)
	config, err := server.Server().GetConfigForClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	state := tls.ConnectionState{DidResume: true, PeerCertificates: []*x509.Certificate{old.Issue("orders").Leaf}}
	if err := config.VerifyConnection(state); err != nil {
		t.Error(err)
	}
	server.renew(t, files(ca.Issue("localhost"), ca))
	if err := config.VerifyConnection(state); err == nil {
		t.Error("let in")
	}
}

// The same, the other way round: the server's authority is removed from the
// client's file.
func TestClientVerifiesResumedSessions(t *testing.T) {
	ca, old := kittest.NewCA(t), kittest.NewCA(t)
	versions(t, func(t *testing.T, version uint16) {
		server := mount(t, files(old.Issue("localhost"), ca), nil)
		issued := ca.Issue("orders")
		client := mount(t, files(issued, ca, old), nil)
		url := serve(t, server.Server())
		config := only(client.Client(), version)
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		resumed(t, url, config)
		client.renew(t, files(issued, ca))
		wantError(t, url, config, "unknown authority")
	})
}

// A client whose certificate was renewed shows the new one at once.
func TestClientResumesNothingByItself(t *testing.T) {
	ca := kittest.NewCA(t)
	server, client := mount(t, files(ca.Issue("localhost"), ca), nil), mount(t, files(ca.Issue("orders"), ca), nil)
	url := serve(t, server.Server())
	versions(t, func(t *testing.T, version uint16) {
		config := only(client.Client(), version)
		for range 2 {
			next := ca.Issue("orders")
			client.renew(t, files(next, ca))
			state, seen, err := get(t, url, config)
			if err != nil || state.DidResume || seen != next.Leaf.SerialNumber.Text(16) {
				t.Errorf("resumed: %t, shown %s; %v", state.DidResume, seen, err)
			}
		}
	})
}
