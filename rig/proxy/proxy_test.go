package proxy

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// TestBarringCutsCallsInFlight closes the port while an answer is awaited.
func TestBarringCutsCallsInFlight(t *testing.T) {
	for _, f := range []Fault{Refuse{}, Connect{}} {
		t.Run(f.Shape(), func(t *testing.T) {
			asked, release := make(chan struct{}), make(chan struct{})
			defer close(release)
			p, b := before(t, true, serve(t, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 1))
				close(asked)
				<-release
			}))
			done := make(chan error, 1)
			go func() {
				_, err := client(t, 0, 0).Post("http://"+p.Addr(), "text/plain", http.NoBody)
				done <- err
			}()
			<-asked
			p.Break(f)
			if c := b.all(); len(c) != 1 || c[0].End != evidence.Cut || c[0].Shape != f.Shape() {
				t.Errorf("calls %+v, want one that was cut", c)
			}
			if p.Hits() != 1 {
				t.Errorf("%d hits, want 1", p.Hits())
			}
			if err := <-done; !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a reset", err)
			}
		})
	}
}

func TestOneFaultReplacesAnother(t *testing.T) {
	p, b := before(t, true, upstream(t))
	for range 3 {
		for _, f := range []Fault{Refuse{}, Connect{}, Status{}, Connect{}, Refuse{}, Silence{}} {
			p.Break(f)
			if p.Hits() != 0 {
				t.Fatalf("%d hits of a new fault", p.Hits())
			}
			_, _, _ = get(client(t, 100*time.Millisecond, 0), p, "/")
			eventually(t, func() bool { return p.Hits() > 0 }, "a hit of %s", f.Shape())
		}
	}
	p.Repair()
	if status, _, err := get(client(t, patience, 0), p, "/"); status != 200 {
		t.Errorf("after the repair: %d, %v", status, err)
	}
	if len(b.met("refuse")) < 6 || len(b.met("connect")) < 6 {
		t.Errorf("calls %+v", b.all())
	}
}

func TestRefuseAndRebind(t *testing.T) {
	p, b := before(t, true, upstream(t))
	addr := p.Addr()
	for i := range 50 {
		p.Break(Refuse{})
		if _, err := net.Dial("tcp4", addr); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("round %d: %v, want a refused connection", i, err)
		}
		eventually(t, func() bool { return p.Hits() == 1 }, "a hit in round %d", i)
		p.Repair()
		if status, _, err := get(client(t, patience, 0), p, "/"); status != 200 || p.Addr() != addr {
			t.Fatalf("round %d, repaired: %d, %v", i, status, err)
		}
	}
	if refused := len(b.met("refuse")); refused != 50 {
		t.Errorf("%d refused calls, want 50", refused)
	}
}

func TestConcurrency(t *testing.T) {
	target := upstream(t)
	p, b := before(t, true, target)
	faults := []Fault{Latency{D: time.Millisecond, Nth: 2}, Status{}, Reset{}, Silence{}, Refuse{}, Drip{Every: time.Millisecond}, Connect{}, Close{}, HeaderDrip{}, Headers{}}
	var workers sync.WaitGroup
	stop := make(chan struct{})
	for i := range 8 {
		workers.Go(func() {
			c := client(t, 50*time.Millisecond, 0)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				path := fmt.Sprintf("/%d-%d", i, n)
				if status, body, err := get(c, p, path); err == nil && status == 200 && body != "hello, "+path {
					t.Errorf("%s got the answer of another: %q", path, body)
				}
			}
		})
	}
	for range 2 {
		for _, f := range faults {
			p.Break(f)
			eventually(t, func() bool { return p.Hits() > 0 }, "a hit of %s", f.Shape())
			_ = p.InFlight()
			p.Repair()
		}
	}
	close(stop)
	workers.Wait()
	if status, _, err := get(client(t, patience, 0), p, "/"); status != 200 {
		t.Errorf("after all repairs: %d, %v", status, err)
	}
	p.Close()
	for _, c := range b.all() {
		if c.End == "" || c.Took < 0 {
			t.Errorf("call %+v", c)
		}
	}
}

// TestCloseReportsWhatIsOpen, and ends it.
func TestCloseReportsWhatIsOpen(t *testing.T) {
	p, b := before(t, true, upstream(t))
	p.Break(Silence{})
	done := make(chan error, 1)
	go func() {
		_, _, err := get(client(t, 0, 0), p, "/")
		done <- err
	}()
	eventually(t, func() bool { return p.Hits() == 1 }, "a hit")
	p.Close()
	p.Close()
	p.Break(Refuse{})
	p.Repair()
	if left := goroutineLeft(); left != "" {
		t.Errorf("a goroutine is left:\n%s", left)
	}
	if err := <-done; err == nil {
		t.Error("the client got an answer")
	}
	if c := b.all(); len(c) != 1 || c[0].End != evidence.Open {
		t.Errorf("calls %+v, want one that is open", c)
	}
}
