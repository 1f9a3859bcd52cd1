// Package spiffe gives a service the TLS identity of its workload from the
// SPIFFE Workload API, as served by a SPIRE agent on its node: short-lived,
// renewed while the service runs, and without a key in any file.
//
//	identity, err := spiffe.New(ctx, spiffe.Config{})
//	if err != nil {
//		return err
//	}
//	defer identity.Close()
//	orders := tlsconfig.AuthorizeID(spiffeid.RequireFromString("spiffe://example.org/orders"))
//	server := &http.Server{Handler: mux, TLSConfig: identity.Server(orders)} // ServeTLS(listener, "", "")
//	client := &http.Client{Transport: &http.Transport{TLSClientConfig: identity.Client(payments)}}
//
// It stands on go-spiffe and mends three things in its way of being used. New
// gives up after a time with the reason, where workloadapi.NewX509Source waits
// for an agent for ever. A watch that the agent ended for good (with the codes
// Canceled or InvalidArgument) is begun again, where go-spiffe keeps the
// certificate that it had until that expires. And peers are verified in
// VerifyConnection, which crypto/tls calls for resumed sessions too, where
// tlsconfig's VerifyPeerCertificate is not called.
//
// Defaults. New waits for 10 s: an agent answers in milliseconds, and takes
// seconds when it starts beside the service. The connection to the agent is
// tried again after 0.1 s at first and 5 s at most, against 120 s of gRPC: an
// SVID of SPIRE lives for an hour and is renewed at half of it. Servers resume
// no sessions, because a ticket would outlive the certificate that it speaks
// for.
//
// Metrics, the same as of kit/certs with the agent's address as the file:
// certificate_expiry_timestamp_seconds{file} and
// certificate_refresh_failures_total{file}. Log lines: certificate.loaded,
// certificate.rotated and certificate.refresh_failed.
//
// What it does not do: no JWT-SVIDs, and no authorisation beyond the
// Authorizer that is given, which sees who the peer is and nothing of the
// request.
//
// Requirements: security/workload-identity, security/encryption-in-transit,
// security/certificate-rotation, security/certificate-expiry
package spiffe
