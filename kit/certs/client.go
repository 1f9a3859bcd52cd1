package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Client returns the configuration of a client. It shows the identity's
// certificate to servers that ask, and verifies each server by the authorities
// that the file held at the last look.
//
// It resumes no sessions, because a session speaks for the certificates with
// which it was made. Give it a ClientSessionCache where handshakes cost too
// much: resumed sessions are verified as well, and one that was made under an
// authority that is trusted no longer ends in an error, once.
//
// It is for servers that are called by name. TLS does not carry an IP
// address, so a call of one is refused: see [Identity.ClientFor].
func (i *Identity) Client() *tls.Config { return i.ClientFor("") }

// ClientFor is [Identity.Client] for one server, whose certificate must be
// for host: a name other than that which is called, or an IP address.
func (i *Identity) ClientFor(host string) *tls.Config {
	return &tls.Config{
		ServerName: host,
		MinVersion: i.o.MinVersion,
		Time:       i.o.Now,
		// The roots of a configuration cannot be changed, so crypto/tls is told
		// not to verify, and VerifyConnection does all that it would have done.
		InsecureSkipVerify:   true,
		VerifyConnection:     func(state tls.ConnectionState) error { return i.verifyServer(state, host) },
		GetClientCertificate: i.clientCertificate,
	}
}

func (i *Identity) verifyServer(state tls.ConnectionState, host string) error {
	if host == "" {
		host = state.ServerName
	}
	if host == "" {
		return errors.New("certs: a server that is called by its IP address cannot be verified with Client(): call it by name, or use ClientFor(address)")
	}
	return i.verify(state.PeerCertificates, x509.VerifyOptions{DNSName: host})
}

// clientCertificate returns an empty certificate when there is none: nil
// would end the handshake with a worse message than the server's.
func (i *Identity) clientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if cert := i.current.Load().cert; cert != nil {
		return cert, nil
	}
	return new(tls.Certificate), nil
}
