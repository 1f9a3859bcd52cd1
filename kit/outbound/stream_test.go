package outbound_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

func TestAStreamIsNotReadIntoMemory(t *testing.T) {
	next := make(chan string)
	s := newCounted(t, func(w http.ResponseWriter, _ *http.Request) {
		for part := range next {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
	})
	client, told := newClient(t, outbound.Config{MaxResponse: 4, MaxInFlight: 1})
	go func() { next <- "one " }()
	resp, err := client.Do(request(t, outbound.Stream(t.Context()), http.MethodGet, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "one " {
		t.Fatalf("%q, %v", first, err)
	}
	refused, err := client.Get(s.URL)
	if failure(t, refused, err); !errors.Is(err, outbound.ErrFull) {
		t.Errorf("a stream does not hold its place in the bulkhead: %v", err)
	}
	go func() {
		next <- "two"
		close(next)
	}()
	if got := body(t, resp); got != "two" {
		t.Errorf("got %q", got)
	}
	if got := told.value("http_client_requests_in_flight"); got != 0 {
		t.Errorf("%v in flight after the stream's end", got)
	}
	told.only("call.completed")
}

func TestAStreamEndsAtTheDeadline(t *testing.T) {
	for _, hang := range hangs {
		t.Run(hang.name, func(t *testing.T) {
			t.Parallel()
			client, told := newClient(t, outbound.Config{Timeout: 400 * time.Millisecond, Try: 200 * time.Millisecond, Breaker: outbound.Breaker{Calls: 1}})
			resp, err := client.Do(request(t, outbound.Stream(t.Context()), http.MethodGet, "http://"+hang.start(t)+"/file"))
			within := " 200ms"
			if err == nil {
				within = " 400ms"
				_, err = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			e := failure(t, nil, err)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(e.Error(), hang.says+within) {
				t.Errorf("got %v", err)
			}
			told.only("call.failed")
			if told.value("http_client_requests_in_flight") != 0 || told.value("http_client_breaker_state") != 2 {
				t.Error("the call still holds its place, or the breaker was not told")
			}
		})
	}
}

func TestAStreamThatNobodyReadsGivesItsPlaceBackAtTheDeadline(t *testing.T) {
	client, told := newClient(t, outbound.Config{Timeout: 200 * time.Millisecond})
	resp, err := client.Do(request(t, outbound.Stream(t.Context()), http.MethodGet, "http://"+hanging(func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
	})(t)+"/file"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "no call in flight", func() bool { return told.value("http_client_requests_in_flight") == 0 })
	_ = resp.Body.Close()
	if got := told.value("http_client_requests_in_flight"); got != 0 {
		t.Errorf("%v in flight: given back twice", got)
	}
}

func TestAStreamThatItsCallerLeavesIsNoFailure(t *testing.T) {
	client, told := newClient(t, outbound.Config{Breaker: outbound.Breaker{Calls: 1}})
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := client.Do(request(t, outbound.Stream(ctx), http.MethodGet, "http://"+hanging(func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
	})(t)+"/file"))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if !errors.Is(err, context.Canceled) || told.value("http_client_breaker_state") != 0 || len(told.lines("call.failed")) != 0 {
		t.Errorf("got %v:\n%s", err, told.text())
	}
}
