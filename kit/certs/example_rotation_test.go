package certs_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/kittest"
)

// A server and a client know each other by certificates, and a new
// certificate is used as soon as its files are there.
func Example_rotation() {
	t := newExample()
	defer t.end()
	ca := kittest.NewCA(t)
	first, second := ca.Issue("localhost"), ca.Issue("localhost")
	secret := kittest.NewMount(t, map[string][]byte{"tls.crt": first.CertPEM, "tls.key": first.KeyPEM, "ca.crt": ca.PEM})

	identity, err := certs.Load(certs.Options{
		Cert:  secret.Path("tls.crt"),
		Key:   secret.Path("tls.key"),
		CA:    secret.Path("ca.crt"),
		Every: 10 * time.Millisecond,
		Log:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer identity.Close()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: identity.Server()}
	go server.ServeTLS(listener, "", "")
	defer server.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: identity.Client(), DisableKeepAlives: true}}
	shows := func(issued *kittest.Issued) bool {
		resp, err := client.Get("https://localhost:" + port)
		if err != nil {
			fmt.Println(err)
			return false
		}
		resp.Body.Close()
		return resp.TLS.PeerCertificates[0].Equal(issued.Leaf)
	}
	fmt.Println("shows the first:", shows(first))
	secret.Swap(map[string][]byte{"tls.crt": second.CertPEM, "tls.key": second.KeyPEM, "ca.crt": ca.PEM})
	for !shows(second) {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("shows the second")
	// Output:
	// shows the first: true
	// shows the second
}
