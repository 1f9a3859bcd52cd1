package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

func TestStreamPasses(t *testing.T) {
	p, b := before(t, false, echo(t))
	c := dial(t, p)
	for range 3 {
		if got, err := say(c, "hello", 0); got != "you said hello\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if len(b.all()) != 0 || len(p.InFlight()) != 1 {
		t.Errorf("calls %+v, in flight %+v; want one in flight", b.all(), p.InFlight())
	}
	_ = c.Close()
	got := b.await(t, 1)[0]
	if got.Conn != 1 || got.End != evidence.Answered || got.Shape != "" || got.Dependency != "payments" {
		t.Errorf("call %+v", got)
	}
}

// TestStreamHalfClose: a service may say that it is done and still want the answer.
func TestStreamHalfClose(t *testing.T) {
	p, _ := before(t, false, serve(t, func(c net.Conn) {
		all, _ := io.ReadAll(c)
		_, _ = c.Write(bytes.ToUpper(all))
	}))
	c := dial(t, p)
	_, _ = io.WriteString(c, "whole")
	_ = c.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(c); string(got) != "WHOLE" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestStreamServerSpeaksFirst: the greeting of MySQL or SMTP meets a fault too.
func TestStreamServerSpeaksFirst(t *testing.T) {
	p, b := before(t, false, serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "220 at your service\n")
		_, _ = io.Copy(io.Discard, c)
	}))
	greeting := func(limit time.Duration) string {
		c := dial(t, p)
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(limit))
		got, _ := bufio.NewReader(c).ReadString('\n')
		return got
	}
	if got := greeting(patience); got != "220 at your service\n" {
		t.Fatalf("greeting %q", got)
	}
	p.Break(Headers{})
	if got := greeting(200 * time.Millisecond); got != "220 at you" {
		t.Errorf("greeting under headers %q, want its first half", got)
	}
	p.Break(Silence{})
	if got := greeting(100 * time.Millisecond); got != "" {
		t.Errorf("greeting under silence %q", got)
	}
	b.await(t, 3)
}

// streamFaults are the hanging faults that a stream can meet.
var streamFaults = []struct {
	fault Fault
	hears string // before it hangs
}{
	{Silence{}, ""},
	{Headers{}, "you said"},
	{Drip{Every: time.Millisecond}, "you said hello"},
	{HeaderDrip{Every: time.Millisecond}, "you said hello"},
}

func TestStreamHangs(t *testing.T) {
	target := echo(t)
	for _, tt := range streamFaults {
		for _, established := range []bool{false, true} {
			t.Run(tt.fault.Shape(), func(t *testing.T) {
				t.Parallel()
				p, b := before(t, false, target)
				var c net.Conn
				if established {
					c = dial(t, p)
					_, _ = say(c, "warm", 0)
				}
				p.Break(tt.fault)
				if !established {
					c = dial(t, p)
				}
				_ = c.SetDeadline(time.Now().Add(400 * time.Millisecond))
				_, _ = io.WriteString(c, "hello\n")
				if got, err := io.ReadAll(c); string(got) != tt.hears || !isTimeout(err) {
					t.Errorf("heard %q, %v; want %q and no more", got, err, tt.hears)
				}
				_ = c.Close()
				eventually(t, func() bool { return len(b.met(tt.fault.Shape())) == 1 }, "a call under %s", tt.fault.Shape())
				met := b.met(tt.fault.Shape())[0]
				if met.End != evidence.GaveUp || met.Conn != 1 {
					t.Errorf("call %+v, want it given up", met)
				}
				atAbout(t, met.Took.D(), 400*time.Millisecond)
				if established && (b.all()[0].Shape != "" || b.all()[0].End != evidence.Answered) {
					t.Errorf("before the fault: %+v", b.all()[0])
				}
				if hits := p.Repair(); hits != 1 {
					t.Errorf("%d hits, want 1", hits)
				}
				if got, err := say(dial(t, p), "again", patience); got != "you said again\n" {
					t.Errorf("after the repair: %q, %v", got, err)
				}
			})
		}
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestStreamHangsUntilRepair(t *testing.T) {
	target := echo(t)
	for _, tt := range streamFaults {
		t.Run(tt.fault.Shape(), func(t *testing.T) {
			t.Parallel()
			p, b := before(t, false, target)
			idle := dial(t, p)
			if _, err := say(idle, "hello", 0); err != nil {
				t.Fatal(err)
			}
			p.Break(tt.fault)
			c := dial(t, p)
			done := make(chan error, 1)
			go func() {
				_, err := say(c, "hello", 0)
				done <- err
			}()
			eventually(t, func() bool {
				for _, open := range p.InFlight() {
					if open.Shape == tt.fault.Shape() && open.Took.D() > 200*time.Millisecond {
						return true
					}
				}
				return false
			}, "an open call")
			p.Repair()
			if met := b.met(tt.fault.Shape()); len(met) != 1 || met[0].End != evidence.Open {
				t.Errorf("calls %+v, want one that is open", met)
			}
			if err := <-done; !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", err)
			}
			if got, err := say(idle, "hello", patience); got != "you said hello\n" {
				t.Errorf("a connection that met no fault: %q, %v", got, err)
			}
		})
	}
}

func TestStreamConnect(t *testing.T) {
	p, b := before(t, false, echo(t))
	c := dial(t, p)
	_, _ = say(c, "hello", 0)
	p.Break(Connect{})
	if _, err := say(c, "hello", patience); err == nil {
		t.Error("an established connection lives on")
	}
	start := time.Now()
	if _, err := net.DialTimeout("tcp4", p.Addr(), 300*time.Millisecond); !isTimeout(err) {
		t.Errorf("dial: %v, want a timeout", err)
	}
	took := time.Since(start)
	calls := b.await(t, 2)
	if calls[0].End != evidence.Cut || calls[1].End != evidence.GaveUp {
		t.Errorf("calls %+v", calls)
	}
	if got := calls[1].Took.D(); got < 200*time.Millisecond || got > took+patience {
		t.Errorf("took %v, the client says %v", got, took)
	}
	if hits := p.Repair(); hits != 2 {
		t.Errorf("%d hits, want 2", hits)
	}
	if got, err := say(dial(t, p), "again", patience); got != "you said again\n" {
		t.Errorf("after the repair: %q, %v", got, err)
	}
}

func TestStreamInstantFaults(t *testing.T) {
	target := echo(t)
	for _, tt := range []struct {
		fault Fault
		want  error
	}{
		{Reset{}, syscall.ECONNRESET},
		{Close{}, io.EOF},
		{Refuse{}, syscall.ECONNRESET},
		{Latency{D: 50 * time.Millisecond}, nil},
		{Status{}, nil},
	} {
		t.Run(tt.fault.Shape(), func(t *testing.T) {
			p, b := before(t, false, target)
			c := dial(t, p)
			_, _ = say(c, "warm", 0)
			p.Break(tt.fault)
			if _, err := say(c, "hello", patience); !errors.Is(err, tt.want) &&
				!(tt.fault == (Refuse{}) && errors.Is(err, syscall.EPIPE)) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			want := 1
			if tt.fault == (Status{}) {
				want = 0 // it knows no HTTP
			}
			if hits := p.Repair(); hits != want || len(b.met(tt.fault.Shape())) != want {
				t.Errorf("%d hits, calls %+v; want %d", hits, b.all(), want)
			}
		})
	}
}

// TestStreamLatency delays every turn of a connection, and every second one.
func TestStreamLatency(t *testing.T) {
	p, b := before(t, false, echo(t))
	c := dial(t, p)
	for _, nth := range []int{1, 2} {
		p.Break(Latency{D: 60 * time.Millisecond, Nth: nth})
		for i := range 6 {
			start := time.Now()
			if got, err := say(c, "hello", patience); got != "you said hello\n" {
				t.Fatalf("%q, %v", got, err)
			}
			if i%nth == 0 && time.Since(start) < 60*time.Millisecond {
				t.Errorf("turn %d of every %d came after %v", i, nth, time.Since(start))
			}
		}
		if hits := p.Repair(); hits != 6/nth {
			t.Errorf("every %d: %d hits, want %d", nth, hits, 6/nth)
		}
	}
	for _, met := range b.met("latency") {
		if met.End != evidence.Answered || met.Took.D() < 60*time.Millisecond {
			t.Errorf("call %+v", met)
		}
	}
}

// TestStreamDependencyGone: what the dependency does to a connection, the
// service must feel.
func TestStreamDependencyGone(t *testing.T) {
	for name, target := range map[string]string{
		"closes":  serve(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }),
		"refuses": closedPort(t),
	} {
		t.Run(name, func(t *testing.T) {
			p, b := before(t, false, target)
			if c, err := net.Dial("tcp4", p.Addr()); err == nil {
				if got, err := say(c, "x", patience); err == nil {
					t.Errorf("an answer from nowhere: %q", got)
				}
				_ = c.Close()
			}
			if c := b.await(t, 1)[0]; c.End != evidence.Cut {
				t.Errorf("call %+v, want it cut", c)
			}
		})
	}
}

// closedPort returns an address at which nothing listens.
func closedPort(t *testing.T) string {
	place, addr, err := hold()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = place.Close() })
	return addr.String()
}
