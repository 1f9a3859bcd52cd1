package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// patience is how long a test waits for what must happen. It is generous: the
// machine may be busy, and nobody waits for it when all is well.
const patience = 20 * time.Second

// book keeps the calls that a proxy reported.
type book struct {
	mu    sync.Mutex
	calls []evidence.Call
	at    []time.Time
}

func (b *book) add(at time.Time, c evidence.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls, b.at = append(b.calls, c), append(b.at, at)
}

func (b *book) all() []evidence.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]evidence.Call(nil), b.calls...)
}

// await returns the first n calls, as soon as there are so many.
func (b *book) await(t testing.TB, n int) []evidence.Call {
	t.Helper()
	eventually(t, func() bool { return len(b.all()) >= n }, "%d calls reported", n)
	return b.all()
}

// met returns the calls that met a fault of the given shape.
func (b *book) met(shape string) []evidence.Call {
	var met []evidence.Call
	for _, c := range b.all() {
		if c.Shape == shape {
			met = append(met, c)
		}
	}
	return met
}

func eventually(t testing.TB, ok func() bool, what string, args ...any) {
	t.Helper()
	for until := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("still not so after %v: "+what, append([]any{patience}, args...)...)
		}
	}
}

// before returns a proxy before target and the book of its calls. When the
// test ends, the proxy must leave no call behind.
func before(t testing.TB, http bool, target string) (*Proxy, *book) {
	t.Helper()
	b := &book{}
	p, err := New(Options{Dependency: "payments", HTTP: http, Target: func() string { return target }, On: b.add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		if err := p.Err(); err != nil {
			t.Error(err)
		}
		if open := p.InFlight(); len(open) > 0 {
			t.Errorf("calls in flight after Close: %+v", open)
		}
	})
	return p, b
}

// TestMain fails the tests also when all proxies are closed and one of their
// goroutines is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := goroutineLeft(); left != "" {
		fmt.Fprintln(os.Stderr, "a goroutine is left:\n"+left)
		code = 1
	}
	os.Exit(code)
}

// goroutineLeft returns the stack of a goroutine that runs a proxy. It gives
// one that is about to end the time to do so.
func goroutineLeft() (left string) {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(time.Millisecond) {
		left = ""
		buf := make([]byte, 4<<20)
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "rig/proxy.(*") && !strings.Contains(g, "_test.go") {
				left = g
			}
		}
		if left == "" {
			break
		}
	}
	return left
}

// upstream is an HTTP server that answers "hello, <path>", or what the path
// asks for.
func upstream(t testing.TB) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "hello, "+r.URL.Path)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("/204", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/304", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) })
	mux.HandleFunc("/empty", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusCreated) })
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Checksum")
		for _, part := range []string{"one ", "two ", "three"} {
			_, _ = io.WriteString(w, part)
			w.(http.Flusher).Flush()
		}
		w.Header().Set("Checksum", "6")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// echo is a TCP server that answers each line with "you said <line>".
func echo(t testing.TB) string {
	return serve(t, func(c net.Conn) {
		for in := bufio.NewScanner(c); in.Scan(); {
			_, _ = io.WriteString(c, "you said "+in.Text()+"\n")
		}
	})
}

// serve runs handle for each connection to the address that it returns.
func serve(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return ln.Addr().String()
}

// client returns an HTTP client with a pool of its own. Its timeout is the
// dialer's too, as a request that is given up does not end its connect. It
// has one connection at most, so that the next request waits for the last's.
func client(t testing.TB, timeout, header time.Duration) *http.Client {
	tr := &http.Transport{MaxConnsPerHost: 1, ResponseHeaderTimeout: header, DialContext: (&net.Dialer{Timeout: timeout}).DialContext}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Timeout: timeout, Transport: tr}
}

// get asks p for path and returns the status, or why there was no whole answer.
func get(c *http.Client, p *Proxy, path string) (status int, body string, err error) {
	res, err := c.Get("http://" + p.Addr() + path)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// say sends a line over c and reads the answer, within limit unless it is 0.
func say(c net.Conn, line string, limit time.Duration) (string, error) {
	if limit > 0 {
		_ = c.SetDeadline(time.Now().Add(limit))
		defer c.SetDeadline(time.Time{})
	}
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(c).ReadString('\n')
}

// dial connects to p.
func dial(t testing.TB, p *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
