package spiffe

import (
	"crypto/tls"
	"fmt"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
)

// Server returns the configuration of a server that shows the workload's
// certificate and lets in the clients that authorize accepts; nil accepts
// every member of the workload's own trust domain. It offers h2 and http/1.1.
func (i *Identity) Server(authorize tlsconfig.Authorizer) *tls.Config {
	c := tlsconfig.MTLSServerConfig(i, i, authorize)
	c.NextProtos = []string{"h2", "http/1.1"}
	c.SessionTicketsDisabled = true
	return i.verified(c, authorize)
}

// Client returns the configuration of a client that shows the workload's
// certificate and talks to the servers that authorize accepts; nil accepts
// every member of the workload's own trust domain. The name by which a server
// is called does not matter: its SPIFFE ID does.
func (i *Identity) Client(authorize tlsconfig.Authorizer) *tls.Config {
	return i.verified(tlsconfig.MTLSClientConfig(i, i, authorize), authorize)
}

// verified moves the verification to where crypto/tls calls it for resumed
// sessions too.
func (i *Identity) verified(c *tls.Config, authorize tlsconfig.Authorizer) *tls.Config {
	if authorize == nil {
		authorize = tlsconfig.AdaptMatcher(i.sameDomain)
	}
	c.Time = i.c.Now
	c.VerifyPeerCertificate = nil
	c.VerifyConnection = func(state tls.ConnectionState) error {
		id, chains, err := x509svid.Verify(state.PeerCertificates, i, x509svid.WithTime(i.c.Now()))
		if err != nil {
			return fmt.Errorf("spiffe: the peer is refused: %w", err)
		}
		if err := authorize(id, chains); err != nil {
			return fmt.Errorf("spiffe: the peer %s is refused: %w", id, err)
		}
		return nil
	}
	return c
}

func (i *Identity) sameDomain(id spiffeid.ID) error {
	if own := i.ID().TrustDomain(); !id.MemberOf(own) {
		return fmt.Errorf("it is no member of %s", own)
	}
	return nil
}
