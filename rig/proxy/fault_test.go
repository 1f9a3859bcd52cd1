package proxy

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// hanging are the faults under which a call never ends by itself.
var hanging = []Fault{Connect{}, Silence{}, Headers{}, Stall{}, Drip{Every: 20 * time.Millisecond}, HeaderDrip{Every: 20 * time.Millisecond}}

// instant are the faults under which a call ends at once, and its end.
var instant = []struct {
	fault  Fault
	end    evidence.CallEnd
	status int // 0: the client gets an error
}{
	{Refuse{}, evidence.Cut, 0},
	{Reset{}, evidence.Cut, 0},
	{Close{}, evidence.Cut, 0},
	{Status{Code: 502, Body: "no"}, evidence.Answered, 502},
	{Status{}, evidence.Answered, 503},
	{Latency{D: 30 * time.Millisecond}, evidence.Answered, 200},
}

// atAbout fails the test unless took is at least the limit (less the grain of
// what can be seen) and not many times it.
func atAbout(t *testing.T, took, limit time.Duration) {
	t.Helper()
	if took < limit-2*attemptEvery-10*time.Millisecond || took > limit+5*time.Second {
		t.Errorf("took %v, want about %v", took, limit)
	}
}

func TestHangEndsWithTheClientsTimeout(t *testing.T) {
	target := upstream(t)
	for _, f := range hanging {
		for _, path := range []string{"/", "/204", "/empty", "/chunked"} {
			t.Run(f.Shape()+path, func(t *testing.T) {
				t.Parallel()
				p, b := before(t, true, target)
				p.Break(f)
				const timeout = 300 * time.Millisecond
				if status, body, err := get(client(t, timeout, 0), p, path); err == nil {
					t.Fatalf("answered %d %q under the fault", status, body)
				}
				c := b.await(t, 1)[0]
				if c.End != evidence.GaveUp || c.Shape != f.Shape() || c.Dependency != "payments" {
					t.Errorf("call %+v, want it given up under %s", c, f.Shape())
				}
				atAbout(t, c.Took.D(), timeout)
				if hits := p.Repair(); hits != 1 {
					t.Errorf("%d hits, want 1", hits)
				}
				if status, _, err := get(client(t, 0, 0), p, "/"); status != 200 {
					t.Errorf("after the repair: %d, %v", status, err)
				}
			})
		}
	}
}

func TestHeadHangs(t *testing.T) {
	target := upstream(t)
	for _, f := range hanging[1:] {
		t.Run(f.Shape(), func(t *testing.T) {
			t.Parallel()
			p, b := before(t, true, target)
			p.Break(f)
			res, err := client(t, 200*time.Millisecond, 0).Head("http://" + p.Addr())
			if err == nil {
				t.Fatalf("answered %s", res.Status)
			}
			if c := b.await(t, 1)[0]; c.End != evidence.GaveUp || c.Method != http.MethodHead {
				t.Errorf("call %+v", c)
			}
		})
	}
}

// TestConnectLeftBehind: a plain http.Client gives its request up in time and
// yet keeps the socket, which is what the proxy can see.
func TestConnectLeftBehind(t *testing.T) {
	p, b := before(t, true, upstream(t))
	tr := &http.Transport{}
	p.Break(Connect{})
	if _, _, err := get(&http.Client{Timeout: 100 * time.Millisecond, Transport: tr}, p, "/"); err == nil {
		t.Fatal("answered")
	}
	eventually(t, func() bool {
		open := p.InFlight()
		return len(open) == 1 && open[0].Took.D() > 300*time.Millisecond
	}, "a connect that goes on")
	tr.CloseIdleConnections() // ends it
	if c := b.await(t, 1)[0]; c.End != evidence.GaveUp {
		t.Errorf("call %+v", c)
	}
}

// TestHeaderTimeoutMissesDrips shows what tells the shapes apart: a client
// that limits only the time to the headers.
func TestHeaderTimeoutMissesDrips(t *testing.T) {
	target := upstream(t)
	for _, f := range hanging[1:] {
		misses := f.Shape() == "drip" || f.Shape() == "headers" || f.Shape() == "stall"
		t.Run(f.Shape(), func(t *testing.T) {
			t.Parallel()
			p, b := before(t, true, target)
			p.Break(f)
			done := make(chan error, 1)
			go func() {
				_, _, err := get(client(t, 0, 150*time.Millisecond), p, "/")
				done <- err
			}()
			if !misses {
				c := b.await(t, 1)[0]
				atAbout(t, c.Took.D(), 150*time.Millisecond)
				<-done
				return
			}
			eventually(t, func() bool {
				open := p.InFlight()
				return len(open) == 1 && open[0].Took.D() > 450*time.Millisecond
			}, "a call open for three times the timeout")
			p.Repair()
			if err := <-done; err == nil {
				t.Error("a half answer was taken for a whole one")
			}
			if c := b.await(t, 1)[0]; c.End != evidence.Open || c.Status != 200 {
				t.Errorf("call %+v, want it open", c)
			}
		})
	}
}

func TestNoTimeoutStaysOpenUntilRepair(t *testing.T) {
	target := upstream(t)
	for _, f := range hanging {
		t.Run(f.Shape(), func(t *testing.T) {
			t.Parallel()
			p, b := before(t, true, target)
			p.Break(f)
			done := make(chan error, 1)
			go func() {
				_, _, err := get(client(t, 0, 0), p, "/")
				done <- err
			}()
			eventually(t, func() bool {
				open := p.InFlight()
				return len(open) == 1 && open[0].Took.D() > 300*time.Millisecond && open[0].Shape == f.Shape()
			}, "an open call")
			if hits := p.Repair(); hits != 1 {
				t.Errorf("%d hits, want 1", hits)
			}
			if c := b.all()[0]; c.End != evidence.Open || c.Took.D() < 300*time.Millisecond {
				t.Errorf("call %+v, want it open", c)
			}
			select {
			case <-done: // a connect completes with its next SYN and then succeeds
			case <-time.After(patience):
				t.Error("the client hangs after the repair")
			}
		})
	}
}

func TestInstantFaults(t *testing.T) {
	target := upstream(t)
	for _, tt := range instant {
		t.Run(tt.fault.Shape(), func(t *testing.T) {
			p, b := before(t, true, target)
			p.Break(tt.fault)
			status, _, err := get(client(t, patience, 0), p, "/")
			if status != tt.status {
				t.Errorf("status %d (%v), want %d", status, err, tt.status)
			}
			eventually(t, func() bool { return p.Hits() == 1 }, "a hit")
			if hits := p.Repair(); hits != 1 {
				t.Errorf("%d hits, want 1", hits)
			}
			if c := b.await(t, 1)[0]; c.End != tt.end || c.Shape != tt.fault.Shape() {
				t.Errorf("call %+v, want end %s", c, tt.end)
			}
			if status, _, err := get(client(t, patience, 0), p, "/"); status != 200 {
				t.Errorf("after the repair: %d, %v", status, err)
			}
		})
	}
}

// TestHowItBreaks checks what the client's system calls say.
func TestHowItBreaks(t *testing.T) {
	target := upstream(t)
	for _, tt := range []struct {
		fault Fault
		want  error
	}{
		{Refuse{}, syscall.ECONNREFUSED},
		{Reset{}, syscall.ECONNRESET},
		{Close{}, io.EOF},
	} {
		t.Run(tt.fault.Shape(), func(t *testing.T) {
			p, _ := before(t, true, target)
			p.Break(tt.fault)
			_, err := client(t, patience, 0).Post("http://"+p.Addr(), "text/plain", http.NoBody)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// TestEstablishedConnections puts each fault while a kept-alive connection
// lies in the client's pool.
func TestEstablishedConnections(t *testing.T) {
	target := upstream(t)
	faults := append([]Fault{Reset{}, Close{}, Refuse{}, Status{}, Latency{D: time.Millisecond}}, hanging...)
	for _, f := range faults {
		t.Run(f.Shape(), func(t *testing.T) {
			t.Parallel()
			p, b := before(t, true, target)
			c := client(t, 300*time.Millisecond, 0)
			if status, _, err := get(c, p, "/"); status != 200 {
				t.Fatalf("before the fault: %d, %v", status, err)
			}
			p.Break(f)
			status, _, err := get(c, p, "/")
			if (status == 200 && err == nil) != (f.Shape() == "latency") {
				t.Errorf("under the fault: %d, %v", status, err)
			}
			eventually(t, func() bool { return len(b.met(f.Shape())) > 0 }, "a call that met %s", f.Shape())
			_, isBarring := f.(barring)
			if met := b.met(f.Shape())[0]; isBarring != (met.Conn == 0) || !isBarring && met.Nth != 2 {
				t.Errorf("met by %+v, want the second request of the connection", met)
			}
			p.Repair()
			if status, _, err := get(client(t, patience, 0), p, "/"); status != 200 {
				t.Errorf("after the repair: %d, %v", status, err)
			}
		})
	}
}

func TestLatency(t *testing.T) {
	p, b := before(t, true, upstream(t))
	p.Break(Latency{D: 100 * time.Millisecond, Nth: 4})
	c := client(t, patience, 0)
	for range 9 {
		if status, body, err := get(c, p, "/x"); status != 200 || body != "hello, /x" {
			t.Fatalf("%d %q %v", status, body, err)
		}
	}
	for i, c := range b.await(t, 9) {
		if late := c.Shape == "latency"; late != (i%4 == 0) || late && c.Took.D() < 100*time.Millisecond {
			t.Errorf("call %d: %+v", i, c)
		}
	}
	if hits := p.Repair(); hits != 3 {
		t.Errorf("%d hits, want 3", hits)
	}
}

// TestRepairReleasesLateAnswers: to take latency away harms nobody.
func TestRepairReleasesLateAnswers(t *testing.T) {
	p, b := before(t, true, upstream(t))
	p.Break(Latency{D: time.Hour})
	done := make(chan int, 1)
	go func() {
		status, _, _ := get(client(t, 0, 0), p, "/")
		done <- status
	}()
	eventually(t, func() bool { return p.Hits() == 1 }, "a hit")
	p.Repair()
	if status := <-done; status != 200 {
		t.Errorf("status %d, want 200", status)
	}
	if c := b.await(t, 1)[0]; c.End != evidence.Answered {
		t.Errorf("call %+v", c)
	}
}

func TestLatencySeesTheServiceGiveUp(t *testing.T) {
	p, b := before(t, true, upstream(t))
	p.Break(Latency{D: time.Hour})
	if _, _, err := get(client(t, 200*time.Millisecond, 0), p, "/"); err == nil {
		t.Error("answered")
	}
	c := b.await(t, 1)[0]
	if c.End != evidence.GaveUp {
		t.Errorf("call %+v, want it given up", c)
	}
	atAbout(t, c.Took.D(), 200*time.Millisecond)
}

func TestDropsLastHalfAMinute(t *testing.T) {
	for _, every := range []time.Duration{DefaultEvery, time.Second, 7 * time.Millisecond} {
		if lasts := time.Duration(drops(every)) * every; lasts < 30*time.Second {
			t.Errorf("every %v: whole after %v", every, lasts)
		}
	}
}
