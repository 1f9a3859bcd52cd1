package kittest

import (
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Upstream stands in for a service that the tested one calls. It answers and
// breaks as its scripts say, request by request, and keeps what it was asked.
// At the end of the test it fails the test for every call that no script
// foresaw, and for every scripted one that did not come.
//
// It speaks HTTP/1.1 over sockets of its own, so that its faults are those of
// a network: a reset is an RST, a cut is a FIN, and silence is silence.
type Upstream struct {
	// URL is its address, such as http://127.0.0.1:40123, without a path.
	URL string

	t       testing.TB
	address string
	routes  *http.ServeMux
	serving sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while it is down
	conns    map[*upstreamConn]bool
	opened   int // connections so far
	scripts  []*Script
	calls    []*exchange
	stray    []string      // what no script foresaw
	changed  chan struct{} // closed and renewed when a call or a connection comes or ends
}

// NewUpstream starts an [Upstream] on a free port of 127.0.0.1. It ends with
// the test.
func NewUpstream(t testing.TB) *Upstream {
	t.Helper()
	u := &Upstream{t: t, address: "127.0.0.1:0", routes: http.NewServeMux(), conns: map[*upstreamConn]bool{}, changed: make(chan struct{})}
	u.Up()
	u.URL = "http://" + u.address
	t.Cleanup(func() {
		u.Down()
		u.verify()
	})
	return u
}

// Up lets it listen again, at the same address, after [Upstream.Down].
func (u *Upstream) Up() {
	u.t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.listener != nil {
		u.t.Fatalf("kittest: the upstream is up already")
	}
	l, err := net.Listen("tcp", u.address)
	if err != nil {
		u.t.Fatalf("kittest: the upstream cannot listen: %v", err)
	}
	u.listener, u.address = l, l.Addr().String()
	u.serving.Go(func() { u.accept(l) })
}

// Down closes the port and every connection: new ones are refused. Nothing of
// what was scripted or called is forgotten.
func (u *Upstream) Down() {
	u.mu.Lock()
	if u.listener != nil {
		u.listener.Close()
		u.listener = nil
	}
	for c := range u.conns {
		c.Close()
	}
	u.mu.Unlock()
	u.serving.Wait()
}

func (u *Upstream) accept(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			return // closed by Down
		}
		u.mu.Lock()
		if u.listener != l {
			nc.Close()
			u.mu.Unlock()
			return
		}
		u.opened++
		c := newUpstreamConn(u, nc.(*net.TCPConn), u.opened)
		u.conns[c] = true
		u.notify()
		u.mu.Unlock()
		u.serving.Go(c.serve)
	}
}

// notify wakes those who await a call or a connection; u.mu is held.
func (u *Upstream) notify() {
	close(u.changed)
	u.changed = make(chan struct{})
}

// OpenConnections returns how many connections are open. A client that has
// closed one is seen a moment later: see [Upstream.AwaitConnections].
func (u *Upstream) OpenConnections() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.conns)
}

// AwaitConnections waits until no more than most connections are open: what a
// client that closes the answers that it discards comes down to. It fails the
// test after 30 s.
func (u *Upstream) AwaitConnections(most int) {
	u.t.Helper()
	if !u.await(func() bool { return len(u.conns) <= most }) {
		u.t.Errorf("kittest: %d connections to the upstream are still open after %s, want at most %d", u.OpenConnections(), patience, most)
	}
}

// await waits until met, which is called with u.mu held, returns true. It
// reports false when that has not come within patience.
func (u *Upstream) await(met func() bool) bool {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		u.mu.Lock()
		ok, changed := met(), u.changed
		u.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-timeout.C:
			return false
		}
	}
}

// verify fails the test for what came unforeseen and for what did not come.
func (u *Upstream) verify() {
	u.mu.Lock()
	defer u.mu.Unlock()
	times := map[string]int{}
	for _, call := range u.stray {
		times[call]++
	}
	for _, call := range slices.Sorted(maps.Keys(times)) {
		u.t.Errorf("kittest: %d × unexpected call of the upstream: %s", times[call], call)
	}
	for _, s := range u.scripts {
		for _, complaint := range s.unmet() {
			u.t.Errorf("kittest: %s", complaint)
		}
	}
}

// scripted lists the patterns for which there is a script; u.mu is held.
func (u *Upstream) scripted() string {
	if len(u.scripts) == 0 {
		return "nothing is scripted; say what it answers with On"
	}
	patterns := make([]string, len(u.scripts))
	for i, s := range u.scripts {
		patterns[i] = s.pattern
	}
	return "scripted are " + strings.Join(patterns, ", ")
}
