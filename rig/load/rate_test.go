package load_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig/load"
)

// A server that freezes once for 1 s in 10 owes an answer to every request
// that is due meanwhile: a tenth of all waits up to 1 s, evenly spread. So
// 95 % of all wait at most 500 ms, and 99 % at most 900 ms. A generator that
// waits for answers before it sends more finds a few milliseconds.
//
// The machine may stall too; what it adds is not the generator's, so there are
// three tries. A generator that measures wrongly fails them all.
func TestRateMeasuresAStall(t *testing.T) {
	const tries = 3
	var p95, p99 time.Duration
	for range tries {
		p95, p99 = stall(t)
		t.Logf("p95 %s, p99 %s", p95, p99)
		if near(p95, 500*time.Millisecond, 100*time.Millisecond) && near(p99, 900*time.Millisecond, 45*time.Millisecond) {
			return
		}
	}
	t.Errorf("p95 %s and p99 %s in the last of %d tries, want 500 ms within 20 %% and 900 ms within 5 %%", p95, p99, tries)
}

// near allows for the time that a busy machine takes to answer the thousand
// requests that waited; it delays the median of them, so the p95 of all, most.
func near(got, want, by time.Duration) bool { return (got - want).Abs() <= by }

// stall loads a server that freezes from the third to the fourth second.
func stall(t *testing.T) (p95, p99 time.Duration) {
	var frozen sync.RWMutex
	s := serve(t, func(c connection) {
		for c.request() {
			frozen.RLock()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			frozen.RUnlock()
		}
	})
	freeze := time.AfterFunc(3*time.Second, func() {
		frozen.Lock()
		defer frozen.Unlock()
		time.Sleep(time.Second)
	})
	defer freeze.Stop()
	results := load.Rate(t.Context(), load.RateOptions{
		PerSecond: 1000, Duration: 10 * time.Second, Next: maker(t, s.url, look).Next,
	})
	if len(results) != 10_000 {
		t.Fatalf("%d requests, want 10,000", len(results))
	}
	for _, r := range results {
		if !r.OK() {
			t.Fatalf("a request failed: %+v", r)
		}
	}
	return load.Quantile(results, 0.95), load.Quantile(results, 0.99)
}

func TestRateKeepsItsSchedule(t *testing.T) {
	var heard atomic.Int64
	url := web(t, func(http.ResponseWriter, *http.Request) {})
	results := load.Rate(within(t), load.RateOptions{
		PerSecond: 400, Count: 100, Next: maker(t, url, look).Next,
		On: func(load.Result) { heard.Add(1) },
	})
	if len(results) != 100 || heard.Load() != 100 {
		t.Fatalf("%d results, %d heard, want 100", len(results), heard.Load())
	}
	for i, r := range results {
		if due := results[0].At.Add(time.Duration(i) * 2500 * time.Microsecond); !r.At.Equal(due) {
			t.Errorf("request %d was due %s after the first, want %s", i, r.At.Sub(results[0].At), due.Sub(results[0].At))
		}
		if r.Sent.Before(r.At) {
			t.Errorf("request %d was sent %s too early", i, r.At.Sub(r.Sent))
		}
	}
}

func TestRateCapsWhatIsInFlight(t *testing.T) {
	release := make(chan struct{})
	url := web(t, func(_ http.ResponseWriter, r *http.Request) { <-release })
	var made atomic.Int64
	m := maker(t, url, look)
	results := load.Rate(within(t), load.RateOptions{
		PerSecond: 1000, Count: 30, MaxInFlight: 10, Limit: patience,
		Next: func() *load.Request {
			if made.Add(1) == 30 {
				time.AfterFunc(50*time.Millisecond, func() { close(release) })
			}
			return m.Next()
		},
	})
	sent, over := 0, 0
	for _, r := range results {
		switch {
		case r.OK():
			sent++
		case r.NotSent() && strings.Contains(r.Error, "10 requests are in flight"):
			over++
		default:
			t.Errorf("result = %+v", r)
		}
	}
	if sent != 10 || over != 20 {
		t.Errorf("%d answered, %d not sent, want 10 and 20", sent, over)
	}
}

func TestRateStopsWaiting(t *testing.T) {
	s := serve(t, connection.hang)
	results := load.Rate(within(t), load.RateOptions{
		PerSecond: 1000, Count: 5, Limit: 50 * time.Millisecond, Next: maker(t, s.url, look).Next,
	})
	for _, r := range results {
		if !r.Open || r.Took.D() < 50*time.Millisecond {
			t.Errorf("result = %+v, want it open", r)
		}
	}
}

func TestRateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(within(t))
	s := serve(t, func(c connection) { cancel(); c.hang() })
	results := load.Rate(ctx, load.RateOptions{PerSecond: 20, Count: 1_000_000, Next: maker(t, s.url, look).Next})
	if len(results) == 0 || len(results) > 100_000 {
		t.Errorf("%d results, want those until the context ended", len(results))
	}
	if !results[0].Open {
		t.Errorf("the first result = %+v, want it open", results[0])
	}
}

func TestRateReusesConnections(t *testing.T) {
	s := serve(t, func(c connection) {
		for c.request() {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	load.Rate(within(t), load.RateOptions{PerSecond: 200, Count: 100, Next: maker(t, s.url, look).Next})
	if n := s.conns.Load(); n > 50 {
		t.Errorf("%d connections for 100 requests", n)
	}
}

// A service may close a connection after its answer without saying so; no
// user loses a request by that, so neither may we.
func TestRateSurvivesQuietCloses(t *testing.T) {
	closed := make(chan struct{}, 1)
	closed <- struct{}{}
	s := serve(t, func(c connection) {
		c.request()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		c.Close()
		closed <- struct{}{}
	})
	m := maker(t, s.url, look)
	results := load.Rate(within(t), load.RateOptions{PerSecond: 50, Count: 25, Next: func() *load.Request {
		<-closed
		return m.Next()
	}})
	for _, r := range results {
		if !r.OK() {
			t.Errorf("a request was lost: %+v", r)
		}
	}
}
