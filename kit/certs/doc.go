// Package certs gives a service a TLS identity whose files may be renewed
// while it runs: new handshakes use the new certificate and trust the new
// authorities, and no connection is dropped.
//
//	identity, err := certs.Load(certs.Options{
//		Cert: "/etc/tls/tls.crt", Key: "/etc/tls/tls.key", CA: "/etc/tls/ca.crt",
//	})
//	if err != nil {
//		return err
//	}
//	defer identity.Close()
//	server := &http.Server{Handler: mux, TLSConfig: identity.Server()} // ServeTLS(listener, "", "")
//	client := &http.Client{Transport: &http.Transport{TLSClientConfig: identity.Client()}}
//
// With a CA it is mutual: the server demands a certificate that this CA
// vouches for, of resumed sessions too, and the client presents its own. What
// is refused is refused in the handshake: no certificate, one of another
// authority, an expired one, and whoever speaks no TLS.
//
// Files are compared by content, because a watch on a file that is mounted in
// a pod hears only the first change. A pair that does not fit, is cut off,
// expired, or not valid yet is not used: the identity that it had goes on, a
// line certificate.refresh_failed says why, and the next look may find better.
// At the start the same is an error, for then there is nothing to go on with.
//
// Defaults. It looks every 5 s: a kubelet brings a changed Secret within a
// minute or so, and certificates are renewed days, or with SPIFFE-like lives
// half an hour, before they end. TLS 1.2 is the least version (RFC 9325), and
// the cipher suites are those of crypto/tls, in its order. The line
// certificate.expiring comes once when a sixth of a certificate's life is
// left: cert-manager renews when a third is left, so by then half of the time
// for it has passed.
//
// Metrics: certificate_expiry_timestamp_seconds{file}, the earliest end of
// what the file holds, and certificate_refresh_failures_total{file}, by the
// certificate's file or else the CA's.
//
// What it does not do: it asks nobody for certificates, which is the work of
// cert-manager, SPIRE (see the module kit/spiffe) or Vault; it checks no
// revocation lists, for short lives do that better; it does not authorise: a
// server that is not for all who hold a certificate of its CA must look at
// r.TLS.PeerCertificates.
//
// Requirements: security/encryption-in-transit, security/certificate-rotation,
// security/certificate-expiry
package certs
