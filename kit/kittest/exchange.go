package kittest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// mostRequest is how many bytes of a request's body an upstream reads.
const mostRequest = 16 << 20

// upstreamConn is one connection of a client to an [Upstream].
type upstreamConn struct {
	*net.TCPConn
	u      *Upstream
	number int
	br     *bufio.Reader
}

// exchange is one call and what is being done with it. pattern, call and over
// are guarded by the upstream's mutex.
type exchange struct {
	conn    *upstreamConn
	step    *step
	pattern string
	call    Call
	over    bool
}

func newUpstreamConn(u *Upstream, c *net.TCPConn, number int) *upstreamConn {
	return &upstreamConn{TCPConn: c, u: u, number: number, br: bufio.NewReader(c)}
}

// serve handles one request after another until the connection ends.
func (c *upstreamConn) serve() {
	defer c.end()
	for {
		r, err := http.ReadRequest(c.br)
		if err != nil {
			return
		}
		call, err := c.read(r)
		if err != nil {
			return
		}
		x := c.u.begin(c, r, call)
		if x.step.delay == 0 || c.wait(x.step.delay) {
			x.step.act(x)
		} else {
			x.leave()
		}
		x.end()
		if r.Close || strings.EqualFold(x.step.header.Get("Connection"), "close") {
			return
		}
	}
}

func (c *upstreamConn) end() {
	c.Close()
	c.u.mu.Lock()
	defer c.u.mu.Unlock()
	delete(c.u.conns, c)
	c.u.notify()
}

// read reads the whole request.
func (c *upstreamConn) read(r *http.Request) (Call, error) {
	if strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		if _, err := io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return Call{}, err
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostRequest+1))
	if err == nil && len(body) > mostRequest {
		err = fmt.Errorf("body longer than %d bytes", mostRequest)
		c.u.mu.Lock()
		c.u.stray = append(c.u.stray, fmt.Sprintf("%s %s: %v", r.Method, r.URL.Path, err))
		c.u.mu.Unlock()
	}
	return Call{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Host: r.Host,
		Header: r.Header, Body: body, At: time.Now(), Conn: c.number,
	}, err
}

// begin finds the step for a call and keeps the call.
func (u *Upstream) begin(c *upstreamConn, r *http.Request, call Call) *exchange {
	x := &exchange{conn: c, call: call}
	h, _ := u.routes.Handler(r)
	u.mu.Lock()
	defer u.mu.Unlock()
	complaint := fmt.Sprintf("%s %s: %s", call.Method, call.Path, u.scripted())
	if s, ok := h.(routed); ok {
		x.pattern, x.step = s.pattern, s.next()
		complaint = fmt.Sprintf("%s %s: the script of %q ends after call %d", call.Method, call.Path, s.pattern, s.most())
	}
	if x.step == nil {
		u.stray = append(u.stray, complaint)
		x.step = unforeseen(complaint)
	}
	u.calls = append(u.calls, x)
	u.notify()
	return x
}

// unforeseen answers 501, which no client repeats, and says why.
func unforeseen(complaint string) *step {
	body := "kittest: unexpected call: " + complaint + "\n"
	return &step{header: http.Header{}, act: (*exchange).answer, body: func(Call) (int, string) { return http.StatusNotImplemented, body }}
}

// send writes text; it reports false when the client is gone.
func (x *exchange) send(text string) bool {
	if _, err := io.WriteString(x.conn, text); err != nil {
		if !errors.Is(err, net.ErrClosed) {
			x.leave()
		}
		return false
	}
	return true
}

// leave notes that the client gave up, unless it is the upstream that ends.
func (x *exchange) leave() {
	x.conn.u.mu.Lock()
	defer x.conn.u.mu.Unlock()
	x.call.GaveUp = x.conn.u.listener != nil
	x.conn.Close()
}

func (x *exchange) end() {
	x.conn.u.mu.Lock()
	defer x.conn.u.mu.Unlock()
	x.over = true
	x.call.Took = max(time.Since(x.call.At), 1)
	x.conn.u.notify()
}

// wait waits for d; it reports false at once when the connection ends. What
// the client sends meanwhile stays for later.
func (c *upstreamConn) wait(d time.Duration) bool {
	c.SetReadDeadline(time.Now().Add(d))
	defer c.SetReadDeadline(time.Time{})
	for {
		_, err := c.br.Peek(c.br.Buffered() + 1)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return true
		case errors.Is(err, bufio.ErrBufferFull):
			c.br.Discard(c.br.Buffered()) // no client pipelines that much
		case err != nil:
			return false
		}
	}
}
