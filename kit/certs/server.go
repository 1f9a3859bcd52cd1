package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// Server returns the configuration of a server. Every handshake uses what the
// files held at the last look. With a CA (see [Options.ServerOnly]) the server
// demands a certificate of its clients that the CA vouches for.
//
// A client whose session was made under an authority that is no longer
// trusted is not let in by resuming it.
func (i *Identity) Server() *tls.Config {
	return &tls.Config{
		MinVersion: i.o.MinVersion,
		NextProtos: i.o.NextProtos,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			m := i.current.Load()
			if m.cert == nil {
				return nil, errors.New("certs: there is no certificate to serve with: Options.Cert is empty")
			}
			return m.server, nil
		},
	}
}

// serverConfig is the configuration of the handshakes of m. Keys of tickets
// are those of the configuration that Server returned, so that sessions
// outlive a rotation.
func (i *Identity) serverConfig(m *material) *tls.Config {
	if m.cert == nil {
		return nil
	}
	c := &tls.Config{
		MinVersion:   i.o.MinVersion,
		NextProtos:   i.o.NextProtos,
		Certificates: []tls.Certificate{*m.cert},
		Time:         i.o.Now,
	}
	if i.o.mutual() {
		c.ClientAuth = tls.RequireAndVerifyClientCert
		c.ClientCAs = m.pool
		c.VerifyConnection = i.verifyClient
	}
	return c
}

// verifyClient verifies the certificate of a resumed session, which no other
// callback of crypto/tls sees. In a full handshake it was verified just now.
func (i *Identity) verifyClient(state tls.ConnectionState) error {
	if !state.DidResume {
		return nil
	}
	return i.verify(state.PeerCertificates, x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
}

// verify verifies the chain of the other side by the authorities of now.
func (i *Identity) verify(chain []*x509.Certificate, o x509.VerifyOptions) error {
	if len(chain) == 0 {
		return errors.New("certs: the other side shows no certificate")
	}
	o.Roots, o.CurrentTime = i.current.Load().pool, i.o.Now()
	o.Intermediates = x509.NewCertPool()
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(o); err != nil {
		return fmt.Errorf("certs: the certificate of the other side is refused: %w", err)
	}
	return nil
}
