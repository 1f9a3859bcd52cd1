package outbound_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// The five ways in which a peer can hang. Each must end at the deadline, be tried again where that is allowed, and
// give the fallback.
var hangs = []struct {
	name  string
	start func(*testing.T) string // returns the address
	says  string
}{
	{"connect never completes", fullListener, "no answer within"},
	{"accepted, then silent", hanging(func(net.Conn) {}), "no answer within"},
	{"headers, then silence", hanging(func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
	}), "headers came, but the body did not end within"},
	{"body drips", hanging(func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
		drip(c, "x")
	}), "headers came, but the body did not end within"},
	{"headers drip", hanging(func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		drip(c, "X-More: 1\r\n")
	}), "no answer within"},
}

func TestHangsEndAtTheDeadlineAndAreTriedAgain(t *testing.T) {
	for _, hang := range hangs {
		t.Run(hang.name, func(t *testing.T) {
			t.Parallel()
			address := hang.start(t)
			client, told := newClient(t, outbound.Config{
				Timeout: 600 * time.Millisecond, Try: 200 * time.Millisecond, Attempts: 2,
				Backoff: outbound.Backoff{Base: time.Millisecond, Cap: time.Millisecond},
			})
			resp, err := client.Get("http://" + address + "/charges/42?card=4111")
			e := failure(t, resp, err)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the cause is not a deadline: %v", e.Cause)
			}
			for _, part := range []string{"payments (" + address + "): ", hang.says + " 200ms", "attempt 2/2"} {
				if !strings.Contains(e.Error(), part) {
					t.Errorf("%q lacks %q", e, part)
				}
			}
			if got := told.value("http_client_attempts_total"); got != 2 {
				t.Errorf("%v attempts, want 2", got)
			}
			if got := told.only("call.failed")["timeout_ms"]; got != 200.0 {
				t.Errorf("timeout_ms is %v", got)
			}
		})
	}
}

func TestHangsOfWhatMayNotBeRepeatedGiveTheFallbackAfterOneAttempt(t *testing.T) {
	for _, hang := range hangs {
		t.Run(hang.name, func(t *testing.T) {
			t.Parallel()
			client, told := newClient(t, outbound.Config{
				Timeout: 200 * time.Millisecond, Attempts: 3,
				Fallback: outbound.Degraded(202, "application/json", `{"queued":true}`),
			})
			resp, err := client.Post("http://"+hang.start(t)+"/charges", "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if kind, ok := outbound.FellBack(resp); !ok || kind != "degraded" || resp.StatusCode != 202 || body(t, resp) != `{"queued":true}` {
				t.Errorf("got %d, fallback %q", resp.StatusCode, kind)
			}
			if got := told.value("http_client_attempts_total"); got != 1 {
				t.Errorf("%v attempts, want 1", got)
			}
			if got := told.value("http_client_fallbacks_total", "kind", "degraded"); got != 1 {
				t.Errorf("%v fallbacks counted, want 1", got)
			}
			if line := told.only("call.failed"); line["level"] != "warn" {
				t.Errorf("a failure that the fallback covers is logged as %v", line["level"])
			}
			if line := told.only("call.fell_back"); line["fallback"] != "degraded" {
				t.Errorf("got %v", line)
			}
		})
	}
}

// hanging returns a server that reads a request and then behaves as it is told, until the client gives up. It
// fails the test if a client never does.
func hanging(behave func(net.Conn)) func(*testing.T) string {
	return func(t *testing.T) string {
		l := listen(t)
		var conns sync.WaitGroup
		conns.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				conns.Go(func() {
					defer c.Close()
					r := bufio.NewReader(c)
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					behave(c)
					_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
					if _, err := r.ReadByte(); errors.Is(err, os.ErrDeadlineExceeded) {
						t.Error("the client never let go of its connection")
					}
				})
			}
		})
		t.Cleanup(func() {
			_ = l.Close()
			conns.Wait()
		})
		return l.Addr().String()
	}
}

// drip writes the same again and again, until the client is gone.
func drip(c net.Conn, what string) {
	for range 2000 {
		if _, err := io.WriteString(c, what); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// fullListener is a listening socket with a backlog of 0 that is full: the kernel drops further SYNs.
func fullListener(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: bound.(*syscall.SockaddrInet4).Port}).String()
	for range 8 {
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Fatal("a listener with a backlog of 0 took 8 connections")
	return ""
}
