package pg

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// tlsProxy encrypts before a database that does not, as PostgreSQL does it: on
// request of the first eight bytes.
type tlsProxy struct {
	address string
	plain   atomic.Int32 // connections that did not ask for it
}

func newTLSProxy(t *testing.T, target string) *tlsProxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tlsProxy{address: l.Addr().String()}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { p.serve(client, target, config) })
		}
	})
	t.Cleanup(func() { l.Close(); wait.Wait() })
	return p
}

func (p *tlsProxy) serve(client net.Conn, target string, config *tls.Config) {
	defer client.Close()
	request := make([]byte, 8)
	if _, err := io.ReadFull(client, request); err != nil {
		return
	}
	if string(request) != "\x00\x00\x00\x08\x04\xd2\x16\x2f" { // SSLRequest
		p.plain.Add(1)
		return
	}
	client.Write([]byte("S"))
	secured := tls.Server(client, config)
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	var wait sync.WaitGroup
	wait.Go(func() { io.Copy(server, secured); server.Close() })
	io.Copy(secured, server)
	client.Close()
	wait.Wait()
}
