package kittest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

func TestIssuedCertificatesAreGood(t *testing.T) {
	ca, other := kittest.NewCA(t), kittest.NewCA(t)
	i := ca.Issue("localhost", "127.0.0.1", "spiffe://example.org/orders")
	pair, err := tls.LoadX509KeyPair(i.Cert, i.Key)
	if err != nil {
		t.Fatal(err)
	}
	if !pair.Leaf.Equal(i.Leaf) || !i.Deadline.Equal(i.Leaf.NotAfter) {
		t.Error("the files hold something else")
	}
	for _, name := range []string{"localhost", "127.0.0.1"} {
		for _, use := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
			if _, err := i.Leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), DNSName: name, KeyUsages: []x509.ExtKeyUsage{use}}); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := i.Leaf.Verify(x509.VerifyOptions{Roots: other.Pool()}); err == nil {
		t.Error("another authority vouches for it")
	}
	if uri := i.Leaf.URIs[0].String(); uri != "spiffe://example.org/orders" {
		t.Error(uri)
	}
	if raw, err := os.ReadFile(ca.File); err != nil || !bytes.Equal(raw, ca.PEM) {
		t.Errorf("%v", err)
	}
	if info, err := os.Stat(i.Key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if ca.Issue().Leaf.SerialNumber.Cmp(i.Leaf.SerialNumber) == 0 {
		t.Error("two certificates have one serial number")
	}
}

func TestIssuedUntil(t *testing.T) {
	ca := kittest.NewCA(t)
	end := time.Now().Add(-time.Minute)
	i := ca.IssueUntil(end, "localhost")
	if _, err := i.Leaf.Verify(x509.VerifyOptions{Roots: ca.Pool()}); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("%v", err)
	}
	if _, err := i.Leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), CurrentTime: end.Add(-time.Minute)}); err != nil {
		t.Error(err)
	}
	wants(t, try(t, func(t testing.TB) { kittest.NewCA(t).Issue("a://%zz") }), "is no URI")
}

func TestMountSwapsAllAtOnce(t *testing.T) {
	m := kittest.NewMount(t, map[string][]byte{"a": []byte("1"), "b": []byte("1")})
	read := func(name string) string {
		raw, err := os.ReadFile(m.Path(name))
		if err != nil {
			return err.Error()
		}
		return string(raw)
	}
	if read("a")+read("b") != "11" {
		t.Error(read("a"), read("b"))
	}
	m.Swap(map[string][]byte{"a": []byte("2"), "b": []byte("2"), "c": []byte("2")})
	m.Swap(map[string][]byte{"a": []byte("3"), "c": []byte("3")})
	if read("a")+read("c") != "33" || !strings.Contains(read("b"), "no such file") {
		t.Error(read("a"), read("b"), read("c"))
	}
	versions, _ := filepath.Glob(filepath.Join(m.Dir, "..version_*"))
	if len(versions) != 1 {
		t.Errorf("left behind: %s", versions)
	}
	wants(t, try(t, func(t testing.TB) { kittest.NewMount(t, map[string][]byte{"a/b": nil}) }), "cannot be swapped")
}
