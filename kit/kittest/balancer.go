package kittest

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"
)

// patience is how long these parts await what a test says must come. A
// healthy machine needs a thousandth of it; a busy one has been seen to stand
// still for 3 s.
const patience = 30 * time.Second

// BalancerOptions say how a [LoadBalancer] decides. The zero value is usable.
type BalancerOptions struct {
	// Period is the time between two probes of a backend, as periodSeconds of
	// a readiness probe; 0: 300 ms.
	Period time.Duration
	// Timeout is how long a probe waits, as timeoutSeconds; 0: 1 s, the
	// default of Kubernetes.
	Timeout time.Duration
	// FailureThreshold is how many failed probes in a row take a backend out;
	// 0: 1, so that a test of a stop is short. Kubernetes' default is 3.
	FailureThreshold int
	// Sticky leaves a client on its connection for as long as the connection
	// is open, even when its backend was taken out: what kube-proxy does,
	// which balances connections. The default is to balance requests, as an
	// ingress or a mesh does: no request is sent to a backend that is out.
	Sticky bool
	// TLS is used for backends and readiness endpoints whose scheme is https.
	TLS *tls.Config
}

// Backend is one instance of the service behind a [LoadBalancer].
type Backend struct {
	URL   string // where requests go; its path is put before theirs
	Ready string // the whole address of its readiness endpoint
}

// LoadBalancer routes requests to those of its backends that are ready, as
// Kubernetes does: it asks every backend's readiness each period, takes it
// out after as many failures in a row as the threshold says, and puts it back
// after one success. It retries nothing: what fails is lost.
type LoadBalancer struct {
	t      testing.TB
	o      BalancerOptions
	ctx    context.Context
	cancel context.CancelFunc
	probes sync.WaitGroup

	mu        sync.Mutex
	changed   chan struct{} // closed and renewed whenever a probe has ended
	endpoints []*endpoint
	next      int
	traffic   []*Traffic
}

// endpoint is a backend and what its probes said. Its fields are guarded by
// the balancer's mutex.
type endpoint struct {
	Backend
	base   *url.URL
	ready  bool
	failed int // probes in a row
	probed int // probes altogether
	reason string
}

// Balancer starts a [LoadBalancer] in front of backends, all of them unready
// until their first probe. It ends with the test.
func Balancer(t testing.TB, o BalancerOptions, backends ...Backend) *LoadBalancer {
	t.Helper()
	o.Period = cmp.Or(o.Period, 300*time.Millisecond)
	o.Timeout = cmp.Or(o.Timeout, time.Second)
	o.FailureThreshold = cmp.Or(o.FailureThreshold, 1)
	if o.Period < 0 || o.Timeout < 0 || o.FailureThreshold < 0 {
		t.Fatalf("kittest: the balancer's Period, Timeout and FailureThreshold must not be negative: %+v", o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &LoadBalancer{t: t, o: o, ctx: ctx, cancel: cancel, changed: make(chan struct{})}
	t.Cleanup(b.Close)
	for _, backend := range backends {
		b.Add(backend)
	}
	return b
}

// Add puts another backend behind b, unready until its first probe.
func (b *LoadBalancer) Add(backend Backend) {
	b.t.Helper()
	base, err := url.Parse(backend.URL)
	if err != nil || base.Host == "" {
		b.t.Fatalf("kittest: the backend's URL %q is no address such as http://127.0.0.1:8080", backend.URL)
	}
	if ready, err := url.Parse(backend.Ready); err != nil || ready.Host == "" {
		b.t.Fatalf("kittest: the backend's Ready %q is no address such as http://127.0.0.1:8081/readyz", backend.Ready)
	}
	if base.Path == "" {
		base.Path = "/" // without it JoinPath makes a relative path
	}
	e := &endpoint{Backend: backend, base: base, reason: "not probed yet"}
	b.mu.Lock()
	b.endpoints = append(b.endpoints, e)
	b.mu.Unlock()
	b.probes.Go(func() { b.watch(e) })
}

// Close ends the traffic and the probes. It is called when the test ends;
// calling it earlier, or twice, does no harm.
func (b *LoadBalancer) Close() {
	b.mu.Lock()
	traffic := b.traffic
	b.traffic = nil
	b.mu.Unlock()
	for _, t := range traffic {
		t.Stop()
	}
	b.cancel()
	b.probes.Wait()
}

// Ready returns the URLs of the backends to which b routes now.
func (b *LoadBalancer) Ready() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var urls []string
	for _, e := range b.endpoints {
		if e.ready {
			urls = append(urls, e.URL)
		}
	}
	return urls
}

// AwaitReady waits until b routes to n backends, no more and no fewer. It
// ends the test after 30 s, with what the last probes said.
func (b *LoadBalancer) AwaitReady(n int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := b.await(ctx, func() bool { return b.ready() == n }); err != nil {
		b.t.Fatalf("kittest: %d backends were not ready at once within %s: %s", n, patience, b.state())
	}
}

// AwaitProbe waits until every backend has been probed once more. The moment
// after it is the worst for a backend to stop: it has just said that it is
// ready, and is believed for a whole period.
func (b *LoadBalancer) AwaitProbe() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	b.mu.Lock()
	before := make(map[*endpoint]int, len(b.endpoints))
	for _, e := range b.endpoints {
		before[e] = e.probed
	}
	b.mu.Unlock()
	err := b.await(ctx, func() bool {
		for e, n := range before {
			if e.probed == n {
				return false
			}
		}
		return true
	})
	if err != nil {
		b.t.Fatalf("kittest: the backends were not probed within %s: %s", patience, b.state())
	}
}

// await waits until met, which is called with b.mu held, returns true.
func (b *LoadBalancer) await(ctx context.Context, met func() bool) error {
	for {
		b.mu.Lock()
		ok, changed := met(), b.changed
		b.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// ready counts the ready endpoints; b.mu is held.
func (b *LoadBalancer) ready() (n int) {
	for _, e := range b.endpoints {
		if e.ready {
			n++
		}
	}
	return n
}

// state says what the last probe of each backend said.
func (b *LoadBalancer) state() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := ""
	for _, e := range b.endpoints {
		text += fmt.Sprintf("\n\t%s: %s", e.Ready, e.reason)
	}
	return text
}
