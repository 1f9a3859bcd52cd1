package outbound_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// A resetter answers the first request of a connection and resets it upon the second, having read that whole.
type resetter struct {
	net.Listener
	mu    sync.Mutex
	reset []*http.Request
	conns sync.WaitGroup
}

func newResetter(t *testing.T) *resetter {
	r := &resetter{Listener: listen(t)}
	r.conns.Go(func() {
		for {
			c, err := r.Accept()
			if err != nil {
				return
			}
			r.conns.Go(func() { r.serve(c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = r.Close()
		r.conns.Wait()
	})
	return r
}

func (r *resetter) serve(c *net.TCPConn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for first := true; ; first = false {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		if !first {
			r.mu.Lock()
			r.reset = append(r.reset, req)
			r.mu.Unlock()
			_ = c.SetLinger(0) // RST instead of FIN
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

func (r *resetter) url() string { return "http://" + r.Addr().String() + "/" }

// open makes the client hold n idle connections, which the server will reset when they are used again.
func (r *resetter) open(t *testing.T, client *http.Client, n int) {
	t.Helper()
	gate := make(chan struct{})
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			req, _ := http.NewRequest(http.MethodPut, r.url(), readerAfter{gate})
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		})
	}
	time.AfterFunc(50*time.Millisecond, func() { close(gate) })
	all.Wait()
}

// readerAfter is an empty request body that ends when the gate opens: until then its connection is not idle.
type readerAfter struct{ gate chan struct{} }

func (r readerAfter) Read([]byte) (int, error) {
	<-r.gate
	return 0, io.EOF
}

func TestAResetOfAReusedConnectionIsReplayedByGoButNotByUs(t *testing.T) {
	requests := []struct {
		name, method, key, body string
	}{
		{"GET", http.MethodGet, "", ""},
		{"HEAD", http.MethodHead, "", ""},
		{"POST", http.MethodPost, "", "{}"},
		{"POST without body", http.MethodPost, "", ""},
		{"POST with a key", http.MethodPost, "k-1", "{}"},
		{"POST with a key and no body", http.MethodPost, "k-1", ""},
		{"DELETE", http.MethodDelete, "", ""},
	}
	for _, r := range requests {
		t.Run(r.name, func(t *testing.T) {
			server := newResetter(t)
			client, _ := newClient(t, outbound.Config{Attempts: 1})
			server.open(t, client, 3)
			req, err := http.NewRequest(r.method, server.url(), strings.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			if r.key != "" {
				req.Header.Set("Idempotency-Key", r.key)
			}
			resp, err := client.Do(req)
			e := failure(t, resp, err)
			if e.Attempt != 1 || e.Attempts != 1 || !strings.Contains(e.Error(), "connection") {
				t.Errorf("got %v", e)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if len(server.reset) != 1 {
				t.Fatalf("sent %d times, want once", len(server.reset))
			}
			sent := server.reset[0]
			if got := sent.Header.Get("Idempotency-Key"); got != r.key {
				t.Errorf("the key arrived as %q", got)
			}
			if r.body == "" && (sent.ContentLength != 0 || len(sent.TransferEncoding) > 0) {
				t.Errorf("a request without a body arrived with one: length %d, %v", sent.ContentLength, sent.TransferEncoding)
			}
		})
	}
}

// The control: a plain client with the same connections sends the GET more than once.
func TestControlGoReplaysAGet(t *testing.T) {
	server := newResetter(t)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	defer client.CloseIdleConnections()
	server.open(t, client, 3)
	resp, err := client.Get(server.url())
	if err != nil {
		t.Fatal(err)
	}
	_ = body(t, resp)
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.reset) < 1 {
		t.Fatal("the fault was never hit: the tests beside this one prove nothing")
	}
}

func TestAResetIsTriedAgainAsAnAttemptOfOurs(t *testing.T) {
	server := newResetter(t)
	client, told := newClient(t, outbound.Config{Attempts: 5, Backoff: outbound.Backoff{Base: time.Millisecond, Cap: time.Millisecond}})
	server.open(t, client, 3)
	before := told.value("http_client_attempts_total")
	mustGet(t, client, server.url())
	server.mu.Lock()
	defer server.mu.Unlock()
	sent := len(server.reset) + 1
	if attempts := int(told.value("http_client_attempts_total") - before); attempts != sent || sent < 2 {
		t.Errorf("%d attempts counted, %d sent", attempts, sent)
	}
}

// An upload that breaks at the service's own client is no fault of the dependency, and is not sent again.
func TestABrokenRequestBodyIsNotTheDependencysFault(t *testing.T) {
	server := newResetter(t)
	client, told := newClient(t, outbound.Config{Attempts: 3, Breaker: outbound.Breaker{Calls: 1}})
	for range 3 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPut, server.url(), io.MultiReader(strings.NewReader("half"), brokenReader{}))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if e := failure(t, resp, err); e.Attempts != 1 || !strings.Contains(e.Error(), "the request's body could not be read") {
			t.Errorf("got %v", e)
		}
	}
	if got := told.value("http_client_breaker_state"); got != 0 {
		t.Errorf("the breaker's state is %v, want closed", got)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
