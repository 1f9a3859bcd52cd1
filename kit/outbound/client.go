package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	kitmetrics "github.com/golive-dev/golive/kit/metrics"
)

// New returns the client of one dependency. It is an ordinary *http.Client, whose Transport does the work: pass
// it wherever one is taken. It is safe for use by many goroutines; make one and keep it. Do not set its Timeout:
// the deadline of [Config] is exact and cheaper. The error names every field of c that is missing or cannot be right.
func New(c Config) (*http.Client, error) {
	hasBoth := c.Transport != nil && c.TLS != nil
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("outbound: client of %q: %w", c.Name, err)
	}
	if hasBoth {
		return nil, fmt.Errorf("outbound: client of %q: %w", c.Name,
			errors.New("TLS is set beside Transport: set it on the Transport's TLSClientConfig"))
	}
	all, err := kitmetrics.NewClient(c.Registerer, kitmetrics.ClientOptions{})
	if err != nil {
		return nil, fmt.Errorf("outbound: client of %q: %w", c.Name, err)
	}
	return &http.Client{Transport: newGuard(c, all.Dependency(c.Name)), CheckRedirect: checkRedirect}, nil
}

// newTransport is http.DefaultTransport's kin, with three differences. Idle connections are kept for all calls in
// flight, so that a burst does not end in a pile of closed ones. A dial or a handshake ends with the attempt that it is
// for, where net/http would let it go on with nobody waiting. And a dead HTTP/2 connection is found by a ping: by default all calls would queue
// on it until the kernel gives it up, after a quarter of an hour.
func newTransport(c Config) *http.Transport {
	longest := orElse(c.Try, c.Timeout)
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          c.MaxInFlight,
		MaxIdleConnsPerHost:   c.MaxInFlight,
		IdleConnTimeout:       30 * time.Second, // below the 60 s and more of usual servers and balancers: the client closes first
		TLSHandshakeTimeout:   longest,          // through a proxy; others are the dialer's
		ExpectContinueTimeout: time.Second,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: max(c.Timeout, time.Second), PingTimeout: max(longest, time.Second)},
	}
	if c.TLS != nil {
		t.TLSClientConfig = c.TLS.Clone()
	}
	d := &dialer{Dialer: net.Dialer{Timeout: longest, KeepAlive: 15 * time.Second}, transport: t}
	t.DialContext, t.DialTLSContext = d.dial, d.dialTLS
	return t
}
