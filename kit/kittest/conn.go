package kittest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// conn is one connection of a client to a backend. It is written by hand
// because [http.Transport] sends a request again, unasked, when a connection
// that was used before turns out to be closed: it would hide losses.
type conn struct {
	net.Conn
	to  *endpoint
	tcp *net.TCPConn
	br  *bufio.Reader
}

func dial(e *endpoint, config *tls.Config, limit time.Time) (*conn, error) {
	ctx, cancel := context.WithDeadline(context.Background(), limit)
	defer cancel()
	port := e.base.Port()
	if port == "" {
		port = e.base.Scheme // the names of the services are those of the schemes
	}
	nc, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(e.base.Hostname(), port))
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, to: e, tcp: nc.(*net.TCPConn)}
	if e.base.Scheme == "https" {
		secured := tls.Client(nc, forHost(config, e.base.Hostname()))
		if err := secured.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, fmt.Errorf("tls: %w", err)
		}
		c.Conn = secured
	}
	c.br = bufio.NewReader(c.Conn)
	return c, nil
}

// forHost returns config for a connection to host over HTTP/1.1.
func forHost(config *tls.Config, host string) *tls.Config {
	if config == nil {
		config = &tls.Config{}
	}
	config = config.Clone()
	config.NextProtos = []string{"http/1.1"}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// exchange sends r and reads the answer until limit, which is took after the
// request began. An empty reason means that the answer is whole.
func (c *conn) exchange(r *http.Request, limit time.Time, took time.Duration) (status int, reusable bool, reason string) {
	c.SetDeadline(limit)
	wrote := c.write(r)
	resp, err := readResponse(c.br, r)
	if err != nil {
		return 0, false, why(err, took) + " before an answer"
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil {
		return resp.StatusCode, false, fmt.Sprintf("%s after %d bytes of the body", why(err, took), n)
	}
	// A failure to write is no loss when an answer came: a service may refuse
	// a request before it has read all of it.
	return resp.StatusCode, wrote == nil && !resp.Close, ""
}

// write sends r to the backend.
func (c *conn) write(r *http.Request) error {
	out := r.Clone(context.Background())
	out.URL = c.to.base.JoinPath(r.URL.Path)
	out.URL.RawQuery = r.URL.RawQuery
	return out.Write(c)
}

// readResponse reads the head of an answer, past interim ones such as 100.
func readResponse(br *bufio.Reader, r *http.Request) (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(br, r)
		if err != nil || resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
}

// why says what became of a connection, in the same words however the system
// calls it.
func why(err error, limit time.Duration) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("given up after %s", limit)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	return err.Error()
}
