package proxy

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// FuzzTee puts what no client and no server should say through a whole proxy.
// It must neither panic nor hang, and its calls must come to an end.
func FuzzTee(f *testing.F) {
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Length: 1\r\n\r\nx",
		"HEAD / HTTP/1.0\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\nhello",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n\r\n", "\x16\x03\x01", "GET", "GET / HTTP/9.9\r\n\r\n",
		"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
	} {
		for _, answer := range []string{
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
			"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
			"HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\nbytes", "HTTP/1.1 999", "", "\x00\r\n\r\n", "ICY 200 OK\r\n\r\n",
		} {
			f.Add([]byte(request), []byte(answer), uint8(len(request)+len(answer)))
		}
	}
	faults := []Fault{healthy{}, Headers{}, Drip{Every: time.Millisecond}, HeaderDrip{Every: time.Millisecond}, Status{}, Reset{}, Close{}, Silence{}, Latency{}}
	f.Fuzz(func(t *testing.T, request, answer []byte, fault uint8) {
		p, b := before(t, true, serve(t, func(c net.Conn) {
			_, _ = c.Write(answer)
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}))
		p.Break(faults[int(fault)%len(faults)])
		c := dial(t, p)
		_, _ = c.Write(request)
		_ = c.(*net.TCPConn).CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); isTimeout(err) {
			t.Errorf("the connection is still open after the service sent all it had: %+v", p.InFlight())
		}
		p.Close()
		for _, c := range b.all() {
			if c.End == "" || c.Took < 0 {
				t.Errorf("call %+v", c)
			}
		}
	})
}

// FuzzBody: whatever the framing, bytes pass unchanged and only the body's.
func FuzzBody(f *testing.F) {
	f.Add([]byte("3\r\nabc\r\n0\r\n\r\nnext"), int64(chunked))
	f.Add([]byte("ffffffffffffffff\r\n"), int64(chunked))
	f.Add([]byte("abcdef"), int64(4))
	f.Add([]byte("abcdef"), int64(untilClosed))
	f.Fuzz(func(t *testing.T, in []byte, size int64) {
		var out bytes.Buffer
		to := bufio.NewWriter(&out)
		err := flow{from: bufio.NewReaderSize(bytes.NewReader(in), 16), to: to}.body(extent(max(size, int64(untilClosed))))
		_ = to.Flush()
		if !bytes.HasPrefix(in, out.Bytes()) {
			t.Errorf("%q became %q", in, out.Bytes())
		}
		if err == nil && size >= 0 && int64(out.Len()) != size {
			t.Errorf("%d bytes of %d", out.Len(), size)
		}
	})
}

// FuzzAnswer: every answer can be drawn out, and says what it must.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), []byte("ok"), true)
	f.Add([]byte("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"), []byte("2\r\nok\r\n"), false)
	f.Add([]byte("nonsense\r\n\r\n"), []byte{}, false)
	f.Fuzz(func(t *testing.T, head, body []byte, isHead bool) {
		r := &http.Request{Method: http.MethodGet}
		if isHead {
			r.Method = http.MethodHead
		}
		head, err := readHead(bufio.NewReader(bytes.NewReader(head)))
		if err != nil {
			return
		}
		var p parser
		a := p.answer(head, r)
		a.source = bufio.NewReader(bytes.NewReader(body))
		_, _ = a.source.Peek(1)
		_, _ = a.beginning(), a.paddedHead(10)
		if a.bodiless() {
			return
		}
		longer, drips := a.announced(50)
		b := p.answer(longer, r)
		if b.foreign || int64(b.size) < int64(len(drips)) || len(drips) < 50 || a.status != b.status {
			t.Errorf("%q became %q of %d bytes: %+v", head, longer, len(drips), b)
		}
	})
}

// TestHeadOfAnyLength: a head that never ends is passed on, not kept.
func TestHeadOfAnyLength(t *testing.T) {
	got := make(chan int64, 1)
	p, b := before(t, true, serve(t, func(c net.Conn) {
		n, _ := io.Copy(io.Discard, c)
		got <- n
	}))
	c := dial(t, p)
	const long = maxHead + 100_000
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nX: ")
	_, _ = io.CopyN(c, bytes.NewReader(bytes.Repeat([]byte{'x'}, long)), long)
	_ = c.(*net.TCPConn).CloseWrite()
	if n := <-got; n != long+19 {
		t.Errorf("%d bytes arrived, want %d", n, long+19)
	}
	if c := b.await(t, 1)[0]; c.End != evidence.GaveUp || c.Method != "" {
		t.Errorf("call %+v", c)
	}
}
