package kittest

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"
)

// Load says what the clients of [LoadBalancer.Drive] send. The zero value is
// usable.
type Load struct {
	// Clients is how many send at once, each over a keep-alive connection of
	// its own; 0: 16.
	Clients int
	// Pause lies between an answer and the same client's next request; 0: 10 ms.
	Pause time.Duration
	// Limit is how long a request may take; it is lost after that. 0: 30 s.
	Limit time.Duration
	// Request makes each request; only its method, path, query, headers and
	// body count. Several clients call it at once. nil: GET /
	Request func() *http.Request
	// Accept reports whether a status is an answer; what it refuses is lost,
	// with the status as the reason. nil: 200 to 399, for a 404 to every
	// request would show nothing but that the path is wrong.
	Accept func(status int) bool
}

func (l Load) withDefaults() Load {
	l.Clients = cmp.Or(l.Clients, 16)
	l.Pause = cmp.Or(l.Pause, 10*time.Millisecond)
	l.Limit = cmp.Or(l.Limit, 30*time.Second)
	if l.Request == nil {
		l.Request = func() *http.Request {
			r, _ := http.NewRequest(http.MethodGet, "/", nil) // cannot fail: both are constants
			return r
		}
	}
	if l.Accept == nil {
		l.Accept = func(status int) bool { return 200 <= status && status < 400 }
	}
	return l
}

// Traffic is what keep-alive clients send through a [LoadBalancer].
type Traffic struct {
	b       *LoadBalancer
	load    Load
	stop    context.CancelFunc
	clients sync.WaitGroup

	mu      sync.Mutex
	report  Report
	results []int         // of each client
	changed chan struct{} // closed and renewed at each result
}

// Drive starts clients that send one request after another through b: each
// over one connection for as long as that is open and its backend is routed
// to, then over a new one. A connection that the service closed between two
// requests, or announced to close, costs nothing; a request that was sent and
// got no whole answer is lost, and is not sent again. While no backend is
// ready the clients wait.
func (b *LoadBalancer) Drive(l Load) *Traffic {
	ctx, stop := context.WithCancel(b.ctx)
	t := &Traffic{b: b, load: l.withDefaults(), stop: stop, changed: make(chan struct{})}
	t.results = make([]int, t.load.Clients)
	for n := range t.load.Clients {
		t.clients.Go(func() { (&client{Traffic: t, number: n}).run(ctx) })
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.traffic = append(b.traffic, t)
	return t
}

// Stop lets the requests in flight end and returns what became of all of
// them.
func (t *Traffic) Stop() Report {
	t.stop()
	t.clients.Wait()
	return t.Report()
}

// Report returns what became of the requests so far.
func (t *Traffic) Report() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.report.clone()
}

// Await waits until each client has had n results since Drive. It ends the
// test after 30 s.
func (t *Traffic) Await(n int) {
	t.b.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		t.mu.Lock()
		least, changed := least(t.results), t.changed
		t.mu.Unlock()
		if least >= n {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.b.t.Fatalf("kittest: a client had only %d results within %s, want %d; %s%s", least, patience, n, t.Report(), t.b.state())
		}
	}
}

func least(counts []int) int {
	n := counts[0]
	for _, c := range counts {
		n = min(n, c)
	}
	return n
}

// record counts one result of a client.
func (t *Traffic) record(number int, add func(*Report)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add(&t.report)
	t.results[number]++
	close(t.changed)
	t.changed = make(chan struct{})
}
