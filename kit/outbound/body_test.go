package outbound_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// counted is a server that knows its open connections.
type counted struct {
	*httptest.Server
	mu     sync.Mutex
	open   map[net.Conn]bool
	opened int
}

func newCounted(t *testing.T, h http.HandlerFunc) *counted {
	s := &counted{Server: httptest.NewUnstartedServer(h), open: map[net.Conn]bool{}}
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch state {
		case http.StateNew:
			s.open[c] = true
			s.opened++
		case http.StateClosed, http.StateHijacked:
			delete(s.open, c)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *counted) now() (open, opened int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.opened
}

// Twenty calls, forty answers that nobody reads: what is short is drained, so that one connection serves them all.
func TestDiscardedAnswersLeaveNoConnectionOpen(t *testing.T) {
	s := newCounted(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, strings.Repeat("sorry ", 2000))
	})
	client, told := newClient(t, outbound.Config{Attempts: 2, Breaker: outbound.Breaker{Off: true},
		Backoff: outbound.Backoff{Base: time.Millisecond, Cap: time.Millisecond}})
	for range 20 {
		resp, err := client.Get(s.URL)
		failure(t, resp, err)
	}
	if got := told.value("http_client_attempts_total"); got != 40 {
		t.Fatalf("%v attempts, want 40", got)
	}
	if _, opened := s.now(); opened > 5 { // a busy machine may take longer than what a drain is worth
		t.Errorf("%d connections were opened for 40 attempts one after another", opened)
	}
	client.CloseIdleConnections()
	eventually(t, "all connections closed", func() bool { open, _ := s.now(); return open == 0 })
}

// What is endless or drips is not drained: that would cost more than a connection.
func TestEndlessDiscardedAnswersAreCut(t *testing.T) {
	s := newCounted(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		for r.Context().Err() == nil {
			if r.URL.Path == "/drip" {
				time.Sleep(10 * time.Millisecond)
			}
			_, _ = io.WriteString(w, "sorry ")
			_ = http.NewResponseController(w).Flush()
		}
	})
	client, _ := newClient(t, outbound.Config{})
	for _, path := range []string{"/drip", "/flood"} {
		resp, err := client.Get(s.URL + path)
		if e := failure(t, resp, err); e.Status != 500 {
			t.Errorf("got %v", e)
		}
	}
	eventually(t, "all connections closed", func() bool { open, _ := s.now(); return open == 0 })
}

func TestAnAnswerLargerThanMaxResponseIsAFailure(t *testing.T) {
	for name, length := range map[string]bool{"with Content-Length": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			s := newCounted(t, func(w http.ResponseWriter, r *http.Request) {
				size := 1000
				if r.URL.Path == "/larger" {
					size++
				}
				if !length {
					_ = http.NewResponseController(w).Flush()
				}
				_, _ = io.WriteString(w, strings.Repeat("x", size))
			})
			client, told := newClient(t, outbound.Config{MaxResponse: 1000, Attempts: 3, Breaker: outbound.Breaker{Calls: 1}})
			if _, got := mustGet(t, client, s.URL+"/fits"); len(got) != 1000 {
				t.Errorf("%d bytes of 1000", len(got))
			}
			resp, err := client.Get(s.URL + "/larger")
			e := failure(t, resp, err)
			if !errors.Is(err, outbound.ErrTooLarge) || e.Attempt != 1 || !strings.Contains(e.Error(), "larger than 1000 bytes") {
				t.Errorf("got %v", e)
			}
			if told.value("http_client_breaker_state") != 0 {
				t.Error("it opened the breaker")
			}
			if _, got := mustGet(t, client, s.URL+"/fits"); len(got) != 1000 {
				t.Errorf("%d bytes of 1000", len(got))
			}
		})
	}
}

func TestABodyReadsAsOneOfNetHTTP(t *testing.T) {
	s := newCounted(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "hello")
		w.Header().Set("X-Sum", "5")
	})
	client, _ := newClient(t, outbound.Config{})
	resp, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, resp); got != "hello" || resp.Trailer.Get("X-Sum") != "5" {
		t.Errorf("got %q, trailer %v", got, resp.Trailer)
	}
	if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("read after close: %v", err)
	}
	if resp, err := client.Head(s.URL); err != nil || body(t, resp) != "" {
		t.Errorf("HEAD: %v, %v", resp, err)
	}
	if resp.Request.Context().Err() != nil {
		t.Error("the request of the answer has an ended context")
	}
}

func TestAnUpgradeIsRefused(t *testing.T) {
	client, _ := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		return answer(req, http.StatusSwitchingProtocols, ""), nil
	})})
	resp, err := client.Get("http://payments.test/")
	if e := failure(t, resp, err); !strings.Contains(e.Error(), "switch protocols") {
		t.Errorf("got %v", e)
	}
}
