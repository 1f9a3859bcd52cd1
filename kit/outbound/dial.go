package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// An attemptContext tells the end of its attempt among its values, too: those are all that net/http leaves to a dial,
// which it detaches from the request, so that another one may have the connection.
type attemptContext struct {
	context.Context
	end time.Time
}

type attemptKey struct{}

// Value implements context.Context.
func (c *attemptContext) Value(key any) any {
	if key == (attemptKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// untilAttemptEnds gives the dial that ctx is for the deadline of its attempt.
func untilAttemptEnds(ctx context.Context) (context.Context, context.CancelFunc) {
	if attempt, ok := ctx.Value(attemptKey{}).(*attemptContext); ok {
		return context.WithDeadline(ctx, attempt.end)
	}
	return ctx, func() {}
}

// A dialer opens the connections of a transport, each within the time of the attempt that it is for.
type dialer struct {
	net.Dialer
	transport *http.Transport
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := untilAttemptEnds(ctx)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// dialTLS shakes hands as well, since the transport would do that with no more than a timeout of its own.
func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := untilAttemptEnds(ctx)
	defer cancel()
	plain, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(plain, d.tlsConfig(address))
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return nil, err
	}
	return conn, nil
}

// tlsConfig is the transport's, to which net/http has added HTTP/2 by the time of a dial, for the host of address.
func (d *dialer) tlsConfig(address string) *tls.Config {
	config := &tls.Config{}
	if c := d.transport.TLSClientConfig; c != nil {
		config = c.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address) // always has a port: net/http added it
	}
	return config
}
