package kittest_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/golive-dev/golive/kit/kittest"
)

// A certificate that is renewed in a mounted Secret: both files change at
// once, and a reader finds a pair that fits.
func TestExampleCertificates(t *testing.T) {
	ca := kittest.NewCA(t)
	first, second := ca.Issue("orders"), ca.Issue("orders")
	mount := kittest.NewMount(t, map[string][]byte{"tls.crt": first.CertPEM, "tls.key": first.KeyPEM})
	mount.Swap(map[string][]byte{"tls.crt": second.CertPEM, "tls.key": second.KeyPEM})

	pair, err := tls.LoadX509KeyPair(mount.Path("tls.crt"), mount.Path("tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), DNSName: "orders"}); err != nil {
		t.Error(err)
	}
}
