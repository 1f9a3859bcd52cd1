package proxy

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// The client gets the status, the headers and some of the body, and then
// nothing until it gives up.
func TestStallStopsInTheMiddleOfTheBody(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "0123456789")
	}))
	defer backend.Close()
	calls := make(chan evidence.Call, 1)
	p, err := New(Options{
		Dependency: "d", HTTP: true,
		Target: func() string { return strings.TrimPrefix(backend.URL, "http://") },
		On:     func(_ time.Time, c evidence.Call) { calls <- c },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Break(Stall{})
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: d\r\n\r\n")
	conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	got, err := io.ReadAll(conn)
	if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
		t.Errorf("the answer ended with %v, want it to stall", err)
	}
	head, body, _ := strings.Cut(string(got), "\r\n\r\n")
	if !strings.HasPrefix(head, "HTTP/1.1 200") || !strings.HasPrefix(body, "01234") || len(body) >= 10 {
		t.Errorf("got %q and %q", head, body)
	}
	conn.Close()
	if c := <-calls; c.End != evidence.GaveUp || c.Shape != "stall" {
		t.Errorf("the call is %+v", c)
	}
	if hits := p.Repair(); hits != 1 {
		t.Errorf("%d hits", hits)
	}
}
