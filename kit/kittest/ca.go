package kittest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// CA is a certificate authority for one test. Its keys are ECDSA P-256, and
// it and what it issues have been valid for an hour when they are made, and
// are valid for a day.
type CA struct {
	Cert *x509.Certificate
	PEM  []byte // of Cert
	File string // with PEM in it, below the test's temporary directory

	t   testing.TB
	dir string
	key *ecdsa.PrivateKey
}

// Issued is a certificate of a [CA] and its key, in files as a service reads
// them.
type Issued struct {
	Cert     string // file with the certificate in PEM
	Key      string // file with its key in PEM, mode 0600
	CertPEM  []byte
	KeyPEM   []byte
	Leaf     *x509.Certificate
	TLS      tls.Certificate
	Deadline time.Time // the end of its validity
}

// NewCA makes a certificate authority.
func NewCA(t testing.TB) *CA {
	t.Helper()
	ca := &CA{t: t, dir: t.TempDir(), key: newKey(t)}
	template := ca.template(time.Now().Add(24 * time.Hour))
	template.Subject = pkix.Name{CommonName: "kittest CA " + template.SerialNumber.Text(16)[:8]}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	ca.Cert = ca.sign(template, template, &ca.key.PublicKey)
	ca.PEM = encode("CERTIFICATE", ca.Cert.Raw)
	ca.File = write(t, filepath.Join(ca.dir, "ca.pem"), ca.PEM, 0o644)
	return ca
}

// Issue makes a certificate for servers and clients with the names: host
// names, IP addresses, or URIs such as spiffe://example.org/orders.
func (ca *CA) Issue(names ...string) *Issued {
	ca.t.Helper()
	return ca.IssueUntil(time.Now().Add(24*time.Hour), names...)
}

// IssueUntil is [CA.Issue] with another end of validity, which may lie in the
// past.
func (ca *CA) IssueUntil(end time.Time, names ...string) *Issued {
	ca.t.Helper()
	template := ca.template(end)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names {
		ca.name(template, name)
	}
	key := newKey(ca.t)
	leaf := ca.sign(template, ca.Cert, &key.PublicKey)
	return ca.issued(leaf, key)
}

// Pool returns a pool that holds the authority alone.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Cert)
	return pool
}

func (ca *CA) name(template *x509.Certificate, name string) {
	ca.t.Helper()
	ip := net.ParseIP(name)
	switch {
	case ip != nil:
		template.IPAddresses = append(template.IPAddresses, ip)
	case strings.Contains(name, "://"):
		uri, err := url.Parse(name)
		if err != nil {
			ca.t.Fatalf("kittest: the name %q is no URI: %v", name, err)
		}
		template.URIs = append(template.URIs, uri)
	default:
		template.DNSNames = append(template.DNSNames, name)
	}
}

// template is valid for an hour before now, or before its end, so that clocks
// that differ a little do no harm.
func (ca *CA) template(end time.Time) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		ca.t.Fatalf("kittest: no serial number: %v", err)
	}
	serial.SetBit(serial, 126, 1) // always of the same length
	begin := time.Now()
	if end.Before(begin) {
		begin = end
	}
	return &x509.Certificate{SerialNumber: serial, NotBefore: begin.Add(-time.Hour), NotAfter: end}
}

func (ca *CA) sign(template, parent *x509.Certificate, key *ecdsa.PublicKey) *x509.Certificate {
	ca.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, ca.key)
	if err != nil {
		ca.t.Fatalf("kittest: the certificate cannot be made: %v", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		ca.t.Fatalf("kittest: the certificate cannot be read: %v", err)
	}
	return cert
}

func (ca *CA) issued(leaf *x509.Certificate, key *ecdsa.PrivateKey) *Issued {
	ca.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		ca.t.Fatalf("kittest: the key cannot be written: %v", err)
	}
	i := &Issued{CertPEM: encode("CERTIFICATE", leaf.Raw), KeyPEM: encode("PRIVATE KEY", der), Leaf: leaf, Deadline: leaf.NotAfter}
	i.TLS = tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	base := filepath.Join(ca.dir, leaf.SerialNumber.Text(16))
	i.Cert = write(ca.t, base+".pem", i.CertPEM, 0o644)
	i.Key = write(ca.t, base+".key", i.KeyPEM, 0o600)
	return i
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("kittest: no key: %v", err)
	}
	return key
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func write(t testing.TB, path string, content []byte, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatalf("kittest: %v", err)
	}
	return path
}
