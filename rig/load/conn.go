package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	excerpt   = 2 << 10  // bytes of an answer's body that are kept
	headerCut = 512      // bytes of a header's value that are kept
	maxAnswer = 64 << 20 // bytes of one answer that are read
	oneWrite  = 64 << 10 // bytes that go out before anybody reads the answer
)

// conn is one connection to a service. It belongs to one goroutine at a time.
type conn struct {
	net.Conn
	tcp  *net.TCPConn
	left *io.LimitedReader
	br   *bufio.Reader
	last time.Time // when its last answer was complete
}

// dial connects to u's host. TLS is not verified: what we ask is the instance
// that the rig itself started.
func dial(ctx context.Context, u *url.URL) (*conn, error) {
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", address(u))
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, tcp: nc.(*net.TCPConn)}
	if u.Scheme == "https" {
		t := tls.Client(nc, &tls.Config{InsecureSkipVerify: true, ServerName: u.Hostname()})
		if err := t.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, fmt.Errorf("tls: %w", err)
		}
		c.Conn = t
	}
	c.left = &io.LimitedReader{R: c.Conn}
	c.br = bufio.NewReader(c.left)
	return c, nil
}

// address returns the host and port that u names.
func address(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

// exchange writes r once and reads its answer into res. It reports whether
// the connection can carry another request.
func (c *conn) exchange(ctx context.Context, r *Request, res *Result, last bool) (reusable bool) {
	raw, err := r.bytes(last)
	if err != nil {
		res.Error = notSent + err.Error()
		return false
	}
	release := c.until(ctx)
	res.Sent = time.Now()
	wrote := c.write(raw)
	reusable = c.answer(ctx, r, res)
	if !release() || !reusable {
		return false
	}
	select {
	case err := <-wrote:
		return err == nil
	default: // answered before the request was read: it is still in the way
		return false
	}
}

// until makes every read and write of c fail once ctx is done. The returned
// function ends that; it reports false when ctx was done before.
func (c *conn) until(ctx context.Context) (release func() bool) {
	c.left.N = maxAnswer
	return context.AfterFunc(ctx, func() { c.SetDeadline(past) })
}

// past is a deadline that has expired.
var past = time.Unix(1, 0)

// write sends raw. A long one is sent while the answer is read, because a
// service may answer, and stop reading, before it has seen all of it. A
// failure to write is not told here: the read that follows finds the answer
// that came before it, or the same failure.
func (c *conn) write(raw []byte) <-chan error {
	wrote := make(chan error, 1)
	if len(raw) > oneWrite {
		go func() {
			_, err := c.Write(raw)
			wrote <- err
		}()
		return wrote
	}
	_, err := c.Write(raw)
	wrote <- err
	return wrote
}

// answer reads the answer to r into res and reports whether it is whole and
// another may follow it.
func (c *conn) answer(ctx context.Context, r *Request, res *Result) (reusable bool) {
	c.ackAtOnce()
	resp, err := c.head(r)
	if err != nil {
		res.fail(ctx, err, "before an answer")
		return false
	}
	res.Status, res.Header = resp.StatusCode, header(resp.Header)
	text, n, err := body(resp.Body)
	res.Body = text
	if c.left.N <= 0 {
		err = errors.New("answer longer than 64 MiB: given up")
	}
	if err != nil {
		res.fail(ctx, err, fmt.Sprintf("after %d bytes of the body", n))
		return false
	}
	c.last = time.Now()
	res.Took = res.since(c.last)
	return !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols
}

// head reads the head of the answer, past interim ones such as 100 and 103.
func (c *conn) head(r *Request) (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(c.br, &http.Request{Method: r.Method})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
}

// quiet reports whether the service has neither closed c nor said anything
// since its last answer; only then can c carry another request.
func (c *conn) quiet() bool {
	raw, err := c.tcp.SyscallConn()
	if err != nil || c.br.Buffered() > 0 {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		quiet = errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
		return true
	})
	return err == nil && quiet
}

// fail writes into res why there is no whole answer: that we stopped waiting
// or else what became of the connection, and when.
func (res *Result) fail(ctx context.Context, err error, when string) {
	res.Took = res.since(time.Now())
	// A dialer can see the deadline pass before ctx does.
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		res.Open = true
		return
	}
	res.Error = reason(err) + " " + when
}

// reason says what became of a connection, in the same words however the
// system calls it.
func reason(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	return err.Error()
}

// header keeps all headers, by lower-case name, each cut at [headerCut] bytes.
func header(h http.Header) map[string]string {
	kept := make(map[string]string, len(h))
	for name, values := range h {
		v := strings.Join(values, ", ")
		kept[strings.ToLower(name)] = valid(v[:min(len(v), headerCut)])
	}
	return kept
}

// body reads all of b, keeps its beginning and counts its bytes.
func body(b io.ReadCloser) (text string, n int64, err error) {
	defer b.Close()
	var kept beginning
	n, err = io.Copy(&kept, b)
	return valid(string(kept)), n, err
}

// beginning keeps the first [excerpt] bytes written to it.
type beginning []byte

func (b *beginning) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), excerpt-len(*b))]...)
	return len(p), nil
}

// valid makes of s what JSON will make of it, so that evidence reads the same
// before and after it was written.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
