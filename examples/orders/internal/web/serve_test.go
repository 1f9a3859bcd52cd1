package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serving is a site that answers on a port of its own.
type serving struct {
	address string
	signal  context.CancelFunc // what SIGTERM does
	ended   chan error
}

func start(t *testing.T, stop Stop) serving {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := serving{listener.Addr().String(), cancel, make(chan error, 1)}
	site := newSite(world{}, &bytes.Buffer{})
	go func() { s.ended <- site.Serve(ctx, listener, stop) }()
	t.Cleanup(cancel)
	return s
}

// half sends the head and the first half of a request and returns what sends
// the rest and reads the answer.
func (s serving) half(t *testing.T) func() (*http.Response, error) {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /orders HTTP/1.1\r\nHost: orders\r\nContent-Length: %d\r\n\r\n%s", len(tea), tea[:10])
	if err != nil {
		t.Fatal(err)
	}
	return func() (*http.Response, error) {
		if _, err := io.WriteString(conn, tea[10:]); err != nil {
			return nil, err
		}
		return http.ReadResponse(bufio.NewReader(conn), nil)
	}
}

// eventually polls until ok holds and fails the test if it never does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// status returns what a GET on a connection of its own answers; 0 for none.
func (s serving) status(path string) int {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.address + path)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestStopLosesNothing(t *testing.T) {
	s := start(t, Stop{Drain: 500 * time.Millisecond, Grace: 20 * time.Second})
	eventually(t, "ready", func() bool { return s.status("/readyz") == 200 })
	finish := s.half(t)
	s.signal()
	eventually(t, "unready", func() bool { return s.status("/readyz") == 503 })
	if got := s.status("/orders/o-1"); got != 200 {
		t.Errorf("a request between unready and closed got %d", got)
	}
	eventually(t, "closed", func() bool { return s.status("/livez") == 0 })
	resp, err := finish()
	if err != nil || resp.StatusCode != http.StatusCreated || !resp.Close {
		t.Errorf("the request in flight got %+v, %v; want a 201 that closes the connection", resp, err)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func TestStopTellsWhatItCouldNotFinish(t *testing.T) {
	s := start(t, Stop{Drain: 10 * time.Millisecond, Grace: lastMoment + 100*time.Millisecond})
	eventually(t, "live", func() bool { return s.status("/livez") == 200 })
	s.half(t)
	eventually(t, "in flight", func() bool { return s.metric(t, "http_server_requests_in_flight 1") })
	s.signal()
	if err := <-s.ended; err == nil || !strings.Contains(err.Error(), "still in flight") {
		t.Errorf("got %v", err)
	}
}

func (s serving) metric(t *testing.T, line string) bool {
	t.Helper()
	resp, err := http.Get("http://" + s.address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return err == nil && strings.Contains(string(text), line)
}
