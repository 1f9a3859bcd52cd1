package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// material is what the files held at one time.
type material struct {
	files  [3][]byte        // certificate, key, authorities
	cert   *tls.Certificate // nil: none
	chain  time.Time        // the earliest end of what is in the certificate's file
	pool   *x509.CertPool   // nil: the system's
	roots  time.Time        // the earliest end of the authorities
	server *tls.Config      // of handshakes with this material
}

func (m *material) same(other *material) bool {
	for n := range m.files {
		if !bytes.Equal(m.files[n], other.files[n]) {
			return false
		}
	}
	return true
}

func (m *material) notAfter() time.Time {
	if m.cert == nil {
		return m.roots
	}
	return m.chain
}

// read reads the files and judges what they hold.
func (i *Identity) read() (*material, error) {
	m := new(material)
	for n, path := range []string{i.o.Cert, i.o.Key, i.o.CA} {
		if path == "" {
			continue
		}
		var err error
		if m.files[n], err = os.ReadFile(path); err != nil {
			return nil, err // names the file
		}
	}
	now := i.o.Now()
	if i.o.Cert != "" {
		if err := m.readPair(now); err != nil {
			return nil, fmt.Errorf("%s with %s: %w", i.o.Cert, i.o.Key, err)
		}
	}
	if i.o.CA != "" {
		if err := m.readAuthorities(now); err != nil {
			return nil, fmt.Errorf("%s: %w", i.o.CA, err)
		}
	}
	return m, nil
}

func (m *material) readPair(now time.Time) error {
	chain, err := certificates(m.files[0])
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(m.files[0], m.files[1])
	if err != nil {
		return err
	}
	m.cert, m.chain = &pair, chain[0].NotAfter
	for _, c := range chain {
		if err := valid(c, now); err != nil {
			return err
		}
		m.chain = earlier(m.chain, c.NotAfter)
	}
	return nil
}

// readAuthorities takes those that are valid: a bundle may hold one that has
// ended beside its successor, but not only such.
func (m *material) readAuthorities(now time.Time) error {
	all, err := certificates(m.files[2])
	if err != nil {
		return err
	}
	m.pool = x509.NewCertPool()
	var last error
	for _, c := range all {
		if last = valid(c, now); last != nil {
			continue
		}
		m.pool.AddCert(c)
		if m.roots.IsZero() {
			m.roots = c.NotAfter
		}
		m.roots = earlier(m.roots, c.NotAfter)
	}
	if m.roots.IsZero() {
		return last
	}
	return nil
}

// certificates reads every certificate of a PEM file. Unlike crypto/x509 it
// does not pass over what it cannot read: a file that is being written would
// lose an authority that way.
func certificates(raw []byte) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for {
		block, rest := pem.Decode(raw)
		if block == nil {
			break
		}
		raw = rest
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if bytes.Contains(raw, []byte("-----BEGIN")) {
		return nil, errors.New("the file is cut off or damaged")
	}
	if len(all) == 0 {
		return nil, errors.New("the file holds no certificate in PEM")
	}
	return all, nil
}

func valid(c *x509.Certificate, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("certificate %x expired at %s", c.SerialNumber, c.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(c.NotBefore):
		return fmt.Errorf("certificate %x is not valid before %s", c.SerialNumber, c.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
