package inbound_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
)

// soon is a limit that tests wait for: short, yet longer than a stall of a busy
// machine is likely to be where it must not be reached.
const soon = 150 * time.Millisecond

// echo reads the whole body and says how long it was.
func echo(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(w, len(body))
	return err
}

func TestBodiesAreBounded(t *testing.T) {
	r := newRig(t, func(o *inbound.Options) { o.MaxBody = 10 })
	r.HandleErr("POST /ten", echo)
	r.HandleErr("POST /thousand", echo, inbound.MaxBody(1000))
	r.HandleErr("POST /none", echo, inbound.MaxBody(0))
	url := "http://" + r.listen()
	for _, c := range []struct {
		path  string
		bytes int
		want  int
	}{
		{"/ten", 10, 200}, {"/ten", 11, 413}, {"/ten", 1 << 20, 413}, {"/ten", 0, 200},
		{"/thousand", 1000, 200}, {"/thousand", 1001, 413}, {"/none", 0, 200}, {"/none", 1, 413},
	} {
		for name, body := range map[string]io.Reader{
			"with a length": strings.NewReader(strings.Repeat("x", c.bytes)),
			"in chunks":     io.MultiReader(strings.NewReader(strings.Repeat("x", c.bytes))),
		} {
			resp, err := http.Post(url+c.path, "text/plain", body)
			if err != nil {
				t.Errorf("%d bytes %s to %s: %v", c.bytes, name, c.path, err)
				continue
			}
			if text := read(t, resp); resp.StatusCode != c.want {
				t.Errorf("%d bytes %s to %s: %d %s", c.bytes, name, c.path, resp.StatusCode, text)
			}
		}
	}
}

func TestABodyThatIsAnnouncedTooLargeIsNotReadAtAll(t *testing.T) {
	r := newRig(t, nil)
	r.HandleErr("POST /", func(http.ResponseWriter, *http.Request) error {
		t.Error("the handler was asked")
		return nil
	})
	conn := dial(t, r.listen())
	send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Length: 99999999\n\n")
	if resp, _ := newAnswers(conn).next(t, "POST"); resp.StatusCode != 413 || !resp.Close {
		t.Errorf("%d, closes %v", resp.StatusCode, resp.Close)
	}
	if line := r.completed(); line["refused"] != "too large" {
		t.Errorf("%v", line)
	}
}

func TestABodyThatComesTooSlowlyIs408(t *testing.T) {
	for name, h := range map[string]inbound.Func{
		"read": echo,
		"decoded": func(w http.ResponseWriter, req *http.Request) error {
			_, err := inbound.Decode[newOrder](w, req)
			return err
		},
	} {
		for _, header := range []string{"Content-Length: 100", "Transfer-Encoding: chunked"} {
			t.Run(name+", "+header, func(t *testing.T) {
				r := newRig(t, nil)
				r.HandleErr("POST /", h, inbound.Timeout(soon))
				conn := dial(t, r.listen())
				send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Type: application/json\n"+header+"\n\n5\n{")
				resp, body := newAnswers(conn).next(t, "POST")
				if resp.StatusCode != 408 || !resp.Close {
					t.Errorf("%d %s, closes %v", resp.StatusCode, body, resp.Close)
				}
				if line := r.completed(); line["status"] != 408.0 || line["level"] != "info" {
					t.Errorf("%v", line)
				}
			})
		}
	}
}

// net/http waits for the rest of a body before it answers: without a limit on
// that a handler that does not care for the body would hang.
func TestABodyThatNobodyReadsHoldsNobodyUp(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("POST /{id}", order, inbound.Timeout(soon))
	conn := dial(t, r.listen())
	send(t, conn, "POST /7 HTTP/1.1\nHost: x\nContent-Length: 100\n\nhalf")
	if resp, _ := newAnswers(conn).next(t, "POST"); resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// The limit on reading must end with the body: net/http goes on reading to see
// whether the caller leaves, and takes a limit for that.
func TestAfterTheBodyTheCallerHasNotLeft(t *testing.T) {
	r := newRig(t, nil)
	r.HandleErr("POST /", func(w http.ResponseWriter, req *http.Request) error {
		if err := echo(w, req); err != nil {
			return err
		}
		<-req.Context().Done()
		w.Header().Set("X", "y")
		return nil
	}, inbound.Timeout(soon))
	r.HandleErr("POST /detached", func(w http.ResponseWriter, req *http.Request) error {
		if _, err := io.ReadAll(req.Body); err != nil {
			return err
		}
		server := req.Context().Value(http.LocalAddrContextKey) // the server's values are there
		time.Sleep(2 * soon)                                    // a handler that does not heed its context
		_, err := fmt.Fprint(w, server != nil, req.Context().Err())
		return err
	}, inbound.Timeout(soon))
	url := "http://" + r.listen()
	for path, want := range map[string]string{"/": "4", "/detached": "true context deadline exceeded"} {
		resp, err := http.Post(url+path, "text/plain", strings.NewReader("four"))
		if err != nil {
			t.Fatal(err)
		}
		if body := read(t, resp); body != want || resp.StatusCode != 200 {
			t.Errorf("%s: %d %q", path, resp.StatusCode, body)
		}
	}
}

func TestTheConnectionServesOnAfterABody(t *testing.T) {
	r := newRig(t, nil)
	r.HandleErr("POST /", echo, inbound.Timeout(soon))
	conn := dial(t, r.listen())
	a := newAnswers(conn)
	for range 3 {
		send(t, conn, "POST / HTTP/1.1\nHost: x\nContent-Length: 4\n\nfour")
		if resp, body := a.next(t, "POST"); resp.StatusCode != 200 || body != "4" {
			t.Fatalf("%d %s", resp.StatusCode, body)
		}
		time.Sleep(soon / 3) // in sum as long as the limit of the first
	}
}

func TestHalfAHeaderIsNotWaitedFor(t *testing.T) {
	r := newRig(t, nil)
	address := r.listen(func(s *http.Server) { s.ReadHeaderTimeout = soon })
	for _, half := range []string{"GET / HT", "GET / HTTP/1.1\nHost: x\nX-Slow: a"} {
		conn := dial(t, address)
		send(t, conn, half)
		if rest, err := io.ReadAll(conn); err != nil || strings.Contains(string(rest), "HTTP/1.1 2") {
			t.Errorf("%q: the connection was not closed: %q, %v", half, rest, err)
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /{id}", order)
	address := r.listen()
	for size, want := range map[int]int{40 << 10: 200, 80 << 10: 431} {
		conn := dial(t, address)
		send(t, conn, "GET /7 HTTP/1.1\nHost: x\nX-Large: "+strings.Repeat("x", size)+"\n\n")
		if resp, _ := newAnswers(conn).next(t, "GET"); resp.StatusCode != want {
			t.Errorf("%d bytes of header: %d, want %d", size, resp.StatusCode, want)
		}
	}
}

func TestServerHasItsLimits(t *testing.T) {
	s := inbound.Server(":8080", http.NotFoundHandler(), inbound.ServerOptions{TLS: &tls.Config{}})
	if s.TLSConfig == nil || s.Addr != ":8080" || s.ReadHeaderTimeout != 5*time.Second || s.WriteTimeout != 30*time.Second || s.IdleTimeout != 120*time.Second || s.MaxHeaderBytes != 64<<10 {
		t.Errorf("%+v", s)
	}
}

// A caller that does not read its answer must not keep a handler for ever, nor
// must a route that may take longer be cut by the server's limit.
func TestAnAnswerThatNobodyReadsEnds(t *testing.T) {
	r := newRig(t, nil)
	done := make(chan error, 1)
	r.HandleErr("GET /endless", func(w http.ResponseWriter, req *http.Request) error {
		block := make([]byte, 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				done <- err
				return err
			}
		}
	})
	r.HandleErr("GET /long", func(w http.ResponseWriter, req *http.Request) error {
		time.Sleep(2 * soon)
		_, err := io.WriteString(w, "here I am")
		return err
	}, inbound.Timeout(0))
	address := r.listen(func(s *http.Server) { s.WriteTimeout = soon })
	send(t, dial(t, address), "GET /endless HTTP/1.1\nHost: x\n\n")
	select {
	case err := <-done:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the handler is still writing")
	}
	if _, body := get(t, "http://"+address+"/long"); body != "here I am" {
		t.Errorf("%q", body)
	}
}

// The limit on writing is set once for many requests, and is never sooner than
// what a route needs.
func TestTheLimitOnWritingIsSetNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.HandleFunc("GET /usual/{id}", order)
		r.HandleFunc("GET /long/{id}", order, inbound.Timeout(time.Minute))
		r.HandleFunc("GET /stream/{id}", order, inbound.Timeout(0))
		s := inbound.Server("", r.Mux, inbound.ServerOptions{})
		c := &deadlines{}
		ctx := s.ConnContext(context.Background(), c)
		begin := time.Now()
		ask := func(path string, want ...time.Duration) {
			t.Helper()
			c.set = nil
			req := httptest.NewRequest("GET", path, nil).WithContext(ctx)
			s.Handler.ServeHTTP(c, req)
			var got []time.Duration
			for _, at := range c.set {
				if at.IsZero() {
					got = append(got, 0)
				} else {
					got = append(got, at.Sub(begin))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s after %s: deadlines %v, want %v", path, time.Since(begin), got, want)
			}
		}
		ask("/usual/7", 45*time.Second)
		ask("/usual/7")
		ask("/long/7", 95*time.Second)
		ask("/usual/7")
		time.Sleep(81 * time.Second)
		ask("/usual/7", 126*time.Second)
		ask("/stream/7", 0)
		ask("/usual/7", 126*time.Second)
		s.WriteTimeout = time.Second // whoever sets it means it
		ask("/usual/7")
		ask("/long/7", 146*time.Second)
	})
}

func TestForeignHandlersHaveTimedBodies(t *testing.T) {
	s := inbound.Server("", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { echo(w, req) }), inbound.ServerOptions{})
	w := &deadlines{}
	req, err := http.NewRequest("POST", "/", io.NopCloser(strings.NewReader("four")))
	if err != nil {
		t.Fatal(err)
	}
	s.Handler.ServeHTTP(w, req)
	if len(w.set) != 2 || time.Until(w.set[0]) < 20*time.Second || !w.set[1].IsZero() {
		t.Errorf("read deadlines: %v", w.set)
	}
	req.Body = http.NoBody
	s.Handler.ServeHTTP(w, req)
	if len(w.set) != 2 {
		t.Error("a request without a body needs no deadline")
	}
}

// deadlines is a writer, and a connection, that notes the deadlines which are set.
type deadlines struct {
	net.Conn
	set []time.Time
}

func (d *deadlines) WriteHeader(int)             {}
func (d *deadlines) Write(p []byte) (int, error) { return len(p), nil }

func (d *deadlines) Header() http.Header { return http.Header{} }
func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

func (d *deadlines) SetWriteDeadline(t time.Time) error { return d.SetReadDeadline(t) }
