package load_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig/load"
)

// client is a keep-alive client that counts what it got and what it lost.
type client struct {
	*load.KeepAlive
	mu       sync.Mutex
	ok       int
	lost     []load.Result
	progress chan struct{} // one for each result, until it is full
}

func connect(t *testing.T, url string, b *load.Balancer) *client {
	c := &client{progress: make(chan struct{}, 10_000)}
	c.KeepAlive = load.StartKeepAlive(within(t), load.KeepAliveOptions{
		Conn: "client 1", Balancer: b, Pause: time.Millisecond, Next: maker(t, url, look).Next,
		On: func(r load.Result) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if r.OK() {
				c.ok++
			} else {
				c.lost = append(c.lost, r)
			}
			select {
			case c.progress <- struct{}{}:
			default:
			}
		},
	})
	return c
}

// await waits for n results.
func (c *client) await(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-c.progress:
		case <-within(t).Done():
			t.Fatal("the client sends nothing")
		}
	}
}

const (
	ok      = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	okClose = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)

func TestKeepAliveReconnects(t *testing.T) {
	url, _ := readiness(t, 200)
	for _, test := range []struct {
		name string
		talk func(c connection)
	}{
		{"after an announced close", func(c connection) { c.request(); io.WriteString(c, okClose) }},
		{"after an announced close that does not come", func(c connection) { c.request(); io.WriteString(c, okClose); c.hang() }},
		{"after an answer of HTTP/1.0", func(c connection) { c.request(); io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.talk)
			c := connect(t, s.url, balancer(t, url))
			c.await(t, 5)
			c.Stop()
			if len(c.lost) > 0 || c.ok < 5 {
				t.Errorf("%d answered, lost: %+v", c.ok, c.lost)
			}
			if n := s.conns.Load(); n != int64(c.ok) {
				t.Errorf("%d connections for %d requests", n, c.ok)
			}
		})
	}
}

func TestKeepAliveUsesOneConnection(t *testing.T) {
	url, _ := readiness(t, 200)
	s := serve(t, func(c connection) {
		for c.request() {
			io.WriteString(c, ok)
		}
	})
	c := connect(t, s.url, balancer(t, url))
	c.await(t, 20)
	c.Stop()
	if n := s.conns.Load(); n != 1 || len(c.lost) > 0 {
		t.Errorf("%d connections, lost: %+v", n, c.lost)
	}
}

// The second request on each connection meets a reset, as it does when a
// service stops without having drained: the client must own up to it.
func TestKeepAliveTellsWhatItLost(t *testing.T) {
	url, _ := readiness(t, 200)
	s := serve(t, func(c connection) {
		c.request()
		io.WriteString(c, ok)
		c.request()
		c.reset()
	})
	c := connect(t, s.url, balancer(t, url))
	c.await(t, 6)
	c.Stop()
	if len(c.lost) < 3 || c.ok < 3 {
		t.Fatalf("%d answered, %d lost, want every other", c.ok, len(c.lost))
	}
	if r := c.lost[0]; r.Error != "connection reset before an answer" || r.Conn != "client 1" || r.Plant != "keep-alive" {
		t.Errorf("lost: %+v", r)
	}
}

func TestKeepAliveSendsNothingWhileUnready(t *testing.T) {
	url, set := readiness(t, 503)
	var unready, wrong atomic.Int64
	b := balancer(t, url)
	s := serve(t, func(c connection) {
		for c.request() {
			wrong.Add(unready.Load())
			io.WriteString(c, ok)
		}
	})
	c := connect(t, s.url, b)
	for range 2 {
		set(200)
		await(t, b, true)
		c.await(t, 3)
		set(503)
		await(t, b, false)
		for drained := false; !drained; { // the request that was in flight
			select {
			case <-c.progress:
			case <-time.After(50 * time.Millisecond):
				drained = true
			}
		}
		unready.Store(1)
		time.Sleep(50 * time.Millisecond) // fifty pauses in which nothing must come
		unready.Store(0)
	}
	c.Stop()
	if n := wrong.Load(); n > 0 || len(c.lost) > 0 {
		t.Errorf("%d requests came while unready; lost: %+v", n, c.lost)
	}
}

// shop is a net/http server with a readiness endpoint, as services are.
func shop(t *testing.T) (s *http.Server, url string, unready func()) {
	var gone atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if gone.Load() {
			w.WriteHeader(503)
		}
	})
	mux.HandleFunc("/orders", func(http.ResponseWriter, *http.Request) {})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &http.Server{Handler: mux}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return s, "http://" + l.Addr().String(), func() { gone.Store(true) }
}

// Going unready, waiting until the balancer has seen it, and only then
// shutting down loses nothing.
func TestKeepAliveLosesNothingInAGoodStop(t *testing.T) {
	s, url, unready := shop(t)
	b := balancer(t, url+"/readyz")
	clients := []*client{connect(t, url, b), connect(t, url, b), connect(t, url, b)}
	for _, c := range clients {
		c.await(t, 5)
	}
	unready()
	await(t, b, false)
	time.Sleep(300 * time.Millisecond) // as a good service does, for clients that were told "ready" just before
	if err := s.Shutdown(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		c.Stop()
		if len(c.lost) > 0 || c.ok < 5 {
			t.Errorf("%d answered, lost: %+v", c.ok, c.lost)
		}
	}
}

func TestKeepAliveLosesInABadStop(t *testing.T) {
	s, url, _ := shop(t)
	b := load.StartBalancer(within(t), load.BalancerOptions{URL: url + "/readyz", Period: time.Hour}) // slow to see it
	defer b.Stop()
	c := connect(t, url, b)
	c.await(t, 5)
	s.Close()
	for len(c.progress) > 0 {
		<-c.progress
	}
	c.await(t, 5)
	c.Stop()
	if len(c.lost) == 0 {
		t.Fatal("nothing was lost by closing at once")
	}
	if last := c.lost[len(c.lost)-1]; last.Error != "connection refused before the request" {
		t.Errorf("lost at last: %+v", last)
	}
}

func TestKeepAliveEndsWithItsContext(t *testing.T) {
	url, _ := readiness(t, 200)
	ctx, cancel := context.WithCancel(within(t))
	s := serve(t, func(c connection) { c.request(); cancel(); c.hang() })
	ended := make(chan load.Result, 1)
	k := load.StartKeepAlive(ctx, load.KeepAliveOptions{
		Balancer: balancer(t, url), Next: maker(t, s.url, look).Next, On: func(r load.Result) { ended <- r },
	})
	if r := <-ended; !r.Open {
		t.Errorf("result = %+v, want it open", r)
	}
	k.Stop()
	k.Stop() // harmless
}
