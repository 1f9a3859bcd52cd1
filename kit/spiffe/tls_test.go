package spiffe_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/spiffe"
)

// serve answers with the SPIFFE ID of the client.
func serve(t testing.TB, config *tls.Config) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: config,
		ErrorLog:  log.New(io.Discard, "", 0), // of handshakes that must fail
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, r.TLS.PeerCertificates[0].URIs[0].String())
		}),
	}
	go server.ServeTLS(l, "", "")
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// get makes one request over a connection of its own.
func get(address string, config *tls.Config) (state tls.ConnectionState, seen string, err error) {
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get("https://" + address)
	if err != nil {
		return state, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return *resp.TLS, string(body), err
}

// refused wants a handshake to fail on either side, for a reason.
func refused(t *testing.T, address string, config *tls.Config, reason string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := tls.Client(c, config).Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %v, want an error with %q", err, reason)
	}
}

// of returns an identity that an agent of its own offers.
func of(t testing.TB, id string, issued *kittest.Issued, cas ...*kittest.CA) (*spiffe.Identity, *agent, *kittest.Logs) {
	t.Helper()
	a := newAgent(t, identity(id, issued, cas...))
	i, logs := follow(t, spiffe.Config{Address: a.address})
	return i, a, logs
}

func only(config *tls.Config, version uint16) *tls.Config {
	config = config.Clone()
	config.MinVersion, config.MaxVersion = version, version
	return config
}

func TestWorkloadsKnowEachOther(t *testing.T) {
	ca := kittest.NewCA(t)
	server, _, _ := of(t, payments, ca.Issue(payments), ca)
	client, _, _ := of(t, orders, ca.Issue(orders), ca)
	address := serve(t, server.Server(tlsconfig.AuthorizeID(spiffeid.RequireFromString(orders))))
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		state, seen, err := get(address, only(client.Client(nil), version))
		if err != nil || seen != orders || state.Version != version {
			t.Errorf("%s: %q %v", tls.VersionName(version), seen, err)
		}
	}
	config := client.Client(nil)
	config.NextProtos = []string{"h2"}
	c, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.ConnectionState().NegotiatedProtocol; got != "h2" {
		t.Errorf("agreed on %q", got)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	ca, foreign := kittest.NewCA(t), kittest.NewCA(t)
	const stranger = "spiffe://elsewhere.org/orders"
	server, _, _ := of(t, payments, ca.Issue(payments), ca)
	client, _, _ := of(t, orders, ca.Issue(orders), ca)
	impostor, _, _ := of(t, orders, foreign.Issue(orders), ca)
	other, _, _ := of(t, stranger, ca.Issue(stranger), ca)
	address := serve(t, server.Server(nil))
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		const bad = "remote error: tls: bad certificate"
		refused(t, address, only(impostor.Client(tlsconfig.AuthorizeAny()), version), bad)
		refused(t, address, only(other.Client(tlsconfig.AuthorizeAny()), version), "spiffe: the peer is refused") // it has no bundle of example.org
		refused(t, address, only(client.Client(tlsconfig.AuthorizeID(spiffeid.RequireFromString(orders))), version), "the peer "+payments+" is refused")
		nobody := &tls.Config{InsecureSkipVerify: true}
		refused(t, address, only(nobody, version), "remote error: tls: ")
	}
	both := newAgent(t, identity(stranger, ca.Issue(stranger), ca), identity(orders, ca.Issue(orders), ca))
	knows, _ := follow(t, spiffe.Config{Address: both.address})
	refused(t, address, knows.Client(tlsconfig.AuthorizeAny()), "remote error: tls: bad certificate")
	refused(t, address, knows.Client(nil), "it is no member of elsewhere.org")
}

// A ticket would outlive the certificate that it speaks for, so there is none;
// and if there were, it would let nobody in whose authority is gone.
func TestSessionsAreNotResumed(t *testing.T) {
	ca, next := kittest.NewCA(t), kittest.NewCA(t)
	server, a, logs := of(t, payments, ca.Issue(payments), ca)
	client, _, _ := of(t, orders, ca.Issue(orders), ca)
	config := server.Server(nil)
	address := serve(t, config)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cached := only(client.Client(nil), version)
		cached.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for range 3 {
			if state, _, err := get(address, cached); err != nil || state.DidResume {
				t.Errorf("resumed: %t; %v", state.DidResume, err)
			}
		}
	}
	svid, _ := client.GetX509SVID()
	state := tls.ConnectionState{DidResume: true, PeerCertificates: []*x509.Certificate{svid.Certificates[0]}}
	if err := config.VerifyConnection(state); err != nil {
		t.Error(err)
	}
	renewed := next.Issue(payments)
	a.offer(identity(payments, renewed, next))
	logs.Await("certificate.rotated", "serial", renewed.Leaf.SerialNumber.Text(16))
	if err := config.VerifyConnection(state); err == nil {
		t.Error("let in by a session of an authority that is gone")
	}
}

// Certificates are renewed and the authority is changed with requests going
// on: trusted before it is used, and removed when nobody uses it any more.
func TestRotationUnderLoadFailsNothing(t *testing.T) {
	ca := kittest.NewCA(t)
	server, atServer, serverLogs := of(t, payments, ca.Issue(payments), ca)
	client, atClient, clientLogs := of(t, orders, ca.Issue(orders), ca)
	address := serve(t, server.Server(nil))

	stop := make(chan struct{})
	var workers sync.WaitGroup
	var rounds [3]atomic.Int64
	defer workers.Wait()
	defer close(stop)
	for n := range rounds {
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := get(address, client.Client(nil)); err != nil {
					t.Error(err)
					return
				}
				rounds[n].Add(1)
			}
		})
	}
	offer := func(issuer *kittest.CA, cas ...*kittest.CA) {
		p, o := issuer.Issue(payments), issuer.Issue(orders)
		atServer.offer(identity(payments, p, cas...))
		atClient.offer(identity(orders, o, cas...))
		serverLogs.Await("certificate.rotated", "serial", p.Leaf.SerialNumber.Text(16))
		clientLogs.Await("certificate.rotated", "serial", o.Leaf.SerialNumber.Text(16))
		state, _, err := get(address, client.Client(nil))
		if err != nil || !state.PeerCertificates[0].Equal(p.Leaf) {
			t.Errorf("a new handshake does not show the new certificate: %v", err)
		}
		deadline := time.Now().Add(time.Minute)
		for n := range rounds {
			for enough := rounds[n].Load() + 2; rounds[n].Load() < enough; time.Sleep(time.Millisecond) {
				if t.Failed() || time.Now().After(deadline) {
					t.Fatal("the load stands still")
				}
			}
		}
	}
	for range 3 {
		next := kittest.NewCA(t)
		offer(ca, ca, next)
		offer(next, ca, next)
		offer(next, next)
		ca = next
	}
}
