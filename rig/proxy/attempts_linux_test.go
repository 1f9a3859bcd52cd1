package proxy

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// TestConnectingIsSeenAlike: both ways of asking the kernel agree, also on
// sockets of IPv6 that connect to 127.0.0.1.
func TestConnectingIsSeenAlike(t *testing.T) {
	p, _ := before(t, false, echo(t))
	p.Break(Connect{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, addr := range []string{p.Addr(), fmt.Sprintf("[::ffff:127.0.0.1]:%d", p.port.addr.Port)} {
		go func() {
			var d net.Dialer
			_, _ = d.DialContext(ctx, "tcp", addr)
		}()
	}
	eventually(t, func() bool { return p.Hits() == 2 }, "two attempts")
	byMessage, byText := connecting(p.port.addr), connectingByText(p.port.addr)
	if len(byMessage) != 2 || len(byText) != 2 {
		t.Fatalf("by message %v, by text %v", byMessage, byText)
	}
	for port := range byMessage {
		if _, both := byText[port]; !both {
			t.Errorf("port %d is not in %v", port, byText)
		}
	}
}

// TestShortAttempts: connects that are over before anybody looks are told too.
// The kernel drops news when nobody reads them fast enough, so most must do.
func TestShortAttempts(t *testing.T) {
	p, b := before(t, false, echo(t))
	p.Break(Connect{})
	const tries, most = 20, 15
	for range tries {
		tryAndClose(t, p.port.addr.Port)
	}
	eventually(t, func() bool { return p.Hits() >= most }, "most of the attempts")
	if hits := p.Repair(); hits > tries {
		t.Errorf("%d hits of %d attempts", hits, tries)
	}
	for _, c := range b.met("connect") {
		if c.End != evidence.GaveUp || c.Conn != 0 {
			t.Errorf("call %+v", c)
		}
	}
}

// TestLeftBehind: an attempt of an earlier fault is no hit of the next one.
func TestLeftBehind(t *testing.T) {
	p, b := before(t, false, echo(t))
	p.Break(Connect{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	left := make(chan struct{})
	go func() {
		defer close(left)
		var d net.Dialer
		_, _ = d.DialContext(ctx, "tcp4", p.Addr())
	}()
	eventually(t, func() bool { return p.Hits() == 1 }, "an attempt")
	p.Break(Connect{})
	cancel()
	<-left
	if hits := p.Repair(); hits != 0 {
		t.Errorf("%d hits after the attempt was over", hits)
	}
	if calls := b.met("connect"); len(calls) != 1 || calls[0].End != evidence.Open {
		t.Errorf("calls %+v", calls)
	}
}

// tryAndClose begins to connect to port and leaves it at that.
func tryAndClose(t *testing.T, port int) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != syscall.EINPROGRESS {
		t.Fatalf("connect: %v, want it under way", err)
	}
	time.Sleep(time.Millisecond)
}
