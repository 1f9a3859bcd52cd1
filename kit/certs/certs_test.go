package certs_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/kittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// never is a pace at which the files are read when the test says so.
const never = time.Hour

// mounted is an identity whose files are those of a mounted Secret.
type mounted struct {
	*certs.Identity
	*kittest.Mount
	logs *kittest.Logs
}

// files returns what a Secret holds: a certificate, its key, and authorities.
func files(issued *kittest.Issued, cas ...*kittest.CA) map[string][]byte {
	var bundle []byte
	for _, ca := range cas {
		bundle = append(bundle, ca.PEM...)
	}
	return map[string][]byte{"tls.crt": issued.CertPEM, "tls.key": issued.KeyPEM, "ca.crt": bundle}
}

// mount loads an identity of content; with changes the options.
func mount(t testing.TB, content map[string][]byte, with func(*certs.Options)) *mounted {
	t.Helper()
	m := &mounted{Mount: kittest.NewMount(t, content), logs: kittest.NewLogs(t)}
	o := certs.Options{Cert: m.Path("tls.crt"), Key: m.Path("tls.key"), CA: m.Path("ca.crt"), Every: never, Log: m.logs.Logger}
	if with != nil {
		with(&o)
	}
	var err error
	if m.Identity, err = certs.Load(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// renew swaps the files and has them read.
func (m *mounted) renew(t testing.TB, content map[string][]byte) {
	t.Helper()
	m.Swap(content)
	if err := m.Refresh(); err != nil {
		t.Fatal(err)
	}
}

// serve answers over TLS with the name that the client's certificate is for,
// and the serial number of the server's own is in the handshake.
func serve(t testing.TB, config *tls.Config) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: config,
		ErrorLog:  log.New(io.Discard, "", 0), // of handshakes that must fail
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if len(r.TLS.PeerCertificates) > 0 {
				io.WriteString(w, r.TLS.PeerCertificates[0].SerialNumber.Text(16))
			}
		}),
	}
	go server.ServeTLS(l, "", "")
	t.Cleanup(func() { server.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "https://localhost:" + port
}

// versions runs a test with each version of TLS.
func versions(t *testing.T, test func(t *testing.T, version uint16)) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) { test(t, version) })
	}
}

// only restricts config to one version.
func only(config *tls.Config, version uint16) *tls.Config {
	config = config.Clone()
	config.MinVersion, config.MaxVersion = version, version
	return config
}

// get makes one request over a connection of its own.
func get(t testing.TB, url string, config *tls.Config) (state tls.ConnectionState, seen string, err error) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get(url)
	if err != nil {
		return state, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return *resp.TLS, string(body), err
}

// serial returns that of the server's certificate in a handshake.
func serial(state tls.ConnectionState) string { return state.PeerCertificates[0].SerialNumber.Text(16) }

func TestBothSidesAreIdentified(t *testing.T) {
	ca := kittest.NewCA(t)
	orders, payments := ca.Issue("orders"), ca.Issue("localhost", "127.0.0.1")
	server, client := mount(t, files(payments, ca), nil), mount(t, files(orders, ca), nil)
	url := serve(t, server.Server())
	versions(t, func(t *testing.T, version uint16) {
		state, seen, err := get(t, url, only(client.Client(), version))
		if err != nil {
			t.Fatal(err)
		}
		if state.Version != version || serial(state) != payments.Leaf.SerialNumber.Text(16) || seen != orders.Leaf.SerialNumber.Text(16) {
			t.Errorf("%s: server %s, client %s", tls.VersionName(state.Version), serial(state), seen)
		}
	})
}

func TestHTTP2IsOffered(t *testing.T) {
	ca := kittest.NewCA(t)
	id := mount(t, files(ca.Issue("localhost"), ca), nil)
	transport := &http.Transport{TLSClientConfig: id.Client(), ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(serve(t, id.Server()))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 {
		t.Errorf("spoke %s", resp.Proto)
	}
	plain := mount(t, files(ca.Issue("localhost"), ca), func(o *certs.Options) { o.NextProtos = []string{"http/1.1"} })
	config := id.Client()
	config.NextProtos = []string{"h2", "http/1.1"}
	if state, _, err := get(t, serve(t, plain.Server()), config); err != nil || state.NegotiatedProtocol != "http/1.1" {
		t.Errorf("%v: %q", err, state.NegotiatedProtocol)
	}
}

func TestServersAreCalledByAddressWithClientFor(t *testing.T) {
	ca := kittest.NewCA(t)
	id := mount(t, files(ca.Issue("localhost", "127.0.0.1"), ca), nil)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = id.Server()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	if _, _, err := get(t, s.URL, id.ClientFor("127.0.0.1")); err != nil {
		t.Error(err)
	}
	wantError(t, s.URL, id.Client(), "use ClientFor(address)")
	wantError(t, s.URL, id.ClientFor("127.0.0.2"), "not 127.0.0.2")
}

func TestServerOnlyAsksForNothing(t *testing.T) {
	ca := kittest.NewCA(t)
	server := mount(t, files(ca.Issue("localhost"), ca), func(o *certs.Options) { o.ServerOnly = true })
	client := mount(t, files(ca.Issue("orders"), ca), func(o *certs.Options) { o.Cert, o.Key = "", "" })
	if _, seen, err := get(t, serve(t, server.Server()), client.Client()); err != nil || seen != "" {
		t.Errorf("%v, client shows %q", err, seen)
	}
	if !slices.Equal(server.Server().NextProtos, []string{"h2", "http/1.1"}) || !client.NotAfter().Equal(ca.Cert.NotAfter) {
		t.Errorf("%v, %s", server.Server().NextProtos, client.NotAfter())
	}
}
