package load_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
)

func TestAsk(t *testing.T) {
	for _, test := range []struct {
		name   string
		talk   func(c connection)
		status int
		err    string
	}{
		{"ready", func(c connection) { c.request(); io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }, 200, ""},
		{"not ready", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
		}, 503, ""},
		{"a redirect", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 307 There\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")
		}, 307, ""},
		{"silence", connection.hang, 0, "no whole answer within 1s"},
		{"half an answer", func(c connection) {
			c.request()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			c.hang()
		}, 0, "no whole answer within 1s"},
		{"a close", func(c connection) { c.request() }, 0, "connection closed before an answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, p := load.Ask(within(t), "ready", serve(t, test.talk).url+"/readyz?full=1")
			if p.Status != test.status || p.Error != test.err || p.Endpoint != "ready" || p.Path != "/readyz?full=1" {
				t.Errorf("probe = %+v, want status %d, error %q", p, test.status, test.err)
			}
		})
	}
	if _, p := load.Ask(within(t), "live", refused(t)); p.Status != 0 || p.Error != "connection refused before the request" {
		t.Errorf("refused: %+v", p)
	}
	if _, p := load.Ask(within(t), "live", "http://a b/"); p.Status != 0 || p.Error == "" {
		t.Errorf("no address: %+v", p)
	}
}

func TestProber(t *testing.T) {
	var asked atomic.Int64
	url := web(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	var times []time.Time
	three := make(chan struct{})
	p := load.StartProber(within(t), load.ProberOptions{
		Endpoint: "live", URL: url, Period: 20 * time.Millisecond,
		On: func(at time.Time, p evidence.Probe) {
			if times = append(times, at); len(times) == 3 {
				close(three)
			}
			if p.Status != 200 || p.Endpoint != "live" {
				t.Errorf("probe = %+v", p)
			}
		},
	})
	<-three
	p.Stop()
	stopped, heard := asked.Load(), len(times)
	if !slices.IsSortedFunc(times, time.Time.Compare) {
		t.Errorf("the probes overlap: %v", times)
	}
	time.Sleep(60 * time.Millisecond) // three periods in which nothing must happen
	if asked.Load() != stopped || len(times) != heard {
		t.Error("it went on after Stop")
	}
}

func TestProberDoesNotReportWhatItInterrupted(t *testing.T) {
	asked := make(chan struct{})
	s := serve(t, func(c connection) { c.request(); close(asked); c.hang() })
	p := load.StartProber(within(t), load.ProberOptions{URL: s.url, On: func(_ time.Time, p evidence.Probe) {
		t.Errorf("probe = %+v", p)
	}})
	<-asked
	p.Stop()
}

// readiness is an endpoint whose status a test sets.
func readiness(t *testing.T, status int64) (url string, set func(int64)) {
	var now atomic.Int64
	now.Store(status)
	url = web(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(now.Load())) })
	return url, now.Store
}

func balancer(t *testing.T, url string) *load.Balancer {
	b := load.StartBalancer(within(t), load.BalancerOptions{URL: url, Period: 5 * time.Millisecond})
	t.Cleanup(b.Stop)
	return b
}

func await(t *testing.T, b *load.Balancer, ready bool) {
	t.Helper()
	if err := b.Await(within(t), ready); err != nil {
		t.Fatalf("the balancer never became ready=%t: %v", ready, err)
	}
}

func TestBalancerFollowsReadiness(t *testing.T) {
	url, set := readiness(t, 404)
	b := balancer(t, url)
	if b.Ready() {
		t.Error("it begins as ready")
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if b.Await(short, true) == nil {
		t.Error("404 is ready")
	}
	for _, status := range []int64{200, 503, 204, 302} {
		set(status)
		await(t, b, status < 300)
	}
	b.Stop()
	var seen []bool
	changes := b.Changes()
	for _, c := range changes {
		seen = append(seen, c.Ready)
	}
	if !slices.Equal(seen, []bool{true, false, true, false}) {
		t.Errorf("changes = %v", changes)
	}
}

func TestBalancerCountsFailures(t *testing.T) {
	var asked, failed atomic.Int64
	url := web(t, func(w http.ResponseWriter, _ *http.Request) {
		if n := asked.Add(1); n > 1 && n != 4 { // ok, 2 failures, ok, failures
			w.WriteHeader(500)
		}
	})
	var b *load.Balancer
	started := make(chan struct{})
	b = load.StartBalancer(within(t), load.BalancerOptions{
		URL: url, Period: 5 * time.Millisecond, Failures: 3,
		On: func(_ time.Time, p evidence.Probe) {
			<-started
			if b.Ready() && p.Status == 500 {
				failed.Add(1)
			}
		},
	})
	close(started)
	defer b.Stop()
	await(t, b, true)
	await(t, b, false)
	b.Stop()
	if n := failed.Load(); n != 4 || len(b.Changes()) != 2 {
		t.Errorf("%d failed probes were borne in %v, want 2 and 2 and one change", n, b.Changes())
	}
}
