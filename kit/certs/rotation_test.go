package certs_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// load is requests that go on while certificates are renewed.
type load struct {
	t       *testing.T
	url     string
	stop    chan struct{}
	workers sync.WaitGroup
	rounds  []*atomic.Int64 // of each worker
	resumed atomic.Int64    // handshakes
}

// start makes one request after another until the load ends.
func (l *load) start(request func() error) {
	rounds := new(atomic.Int64)
	l.rounds = append(l.rounds, rounds)
	l.workers.Go(func() {
		for {
			select {
			case <-l.stop:
				return
			default:
			}
			if err := request(); err != nil {
				l.t.Errorf("after %d rounds: %v", rounds.Load(), err)
				return
			}
			rounds.Add(1)
		}
	})
}

// handshakes starts a worker that opens a connection for each request.
func (l *load) handshakes(config *tls.Config) {
	l.start(func() error {
		state, _, err := get(l.t, l.url, config)
		if state.DidResume {
			l.resumed.Add(1)
		}
		return err
	})
}

// keepAlive starts a worker that wants to make all requests over one
// connection.
func (l *load) keepAlive(config *tls.Config, protocol string) {
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: protocol == "HTTP/2.0"}
	l.t.Cleanup(transport.CloseIdleConnections)
	opened := 0
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		if !c.Reused {
			opened++
		}
		if opened > 1 {
			l.t.Errorf("a connection of %s was dropped", protocol)
		}
	}}
	l.start(func() error {
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), "GET", l.url, nil)
		if err != nil {
			return err
		}
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.Proto != protocol {
			l.t.Errorf("spoke %s", resp.Proto)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
}

// progress waits until each worker has made two more requests, of which one
// began after now.
func (l *load) progress() {
	l.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for _, rounds := range l.rounds {
		for enough := rounds.Load() + 2; rounds.Load() < enough; time.Sleep(time.Millisecond) {
			if l.t.Failed() || time.Now().After(deadline) {
				l.t.Fatal("the load stands still")
			}
		}
	}
}

// underLoad renews with requests going on, and returns how many handshakes
// resumed a session.
func underLoad(t *testing.T, url string, client *mounted, cached bool, renew func(progress func())) int64 {
	l := &load{t: t, url: url, stop: make(chan struct{})}
	defer l.workers.Wait()
	defer close(l.stop)
	versions(t, func(t *testing.T, version uint16) {
		config := only(client.Client(), version)
		if cached {
			config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		}
		l.handshakes(config)
	})
	l.keepAlive(client.Client(), "HTTP/1.1")
	l.keepAlive(client.Client(), "HTTP/2.0")
	l.progress()
	renew(l.progress)
	return l.resumed.Load()
}

func TestRenewalUnderLoadFailsNothing(t *testing.T) {
	ca := kittest.NewCA(t)
	server, client := mount(t, files(ca.Issue("localhost"), ca), nil), mount(t, files(ca.Issue("orders"), ca), nil)
	url := serve(t, server.Server())
	resumed := underLoad(t, url, client, true, func(progress func()) {
		for range 10 {
			next := ca.Issue("localhost")
			server.renew(t, files(next, ca))
			client.renew(t, files(ca.Issue("orders"), ca))
			if state, _, err := get(t, url, client.Client()); err != nil || serial(state) != next.Leaf.SerialNumber.Text(16) {
				t.Errorf("a new handshake does not show the new certificate: %v", err)
			}
			progress()
		}
	})
	if resumed == 0 {
		t.Error("no session was resumed")
	}
}

// Authorities are changed as they must be: trusted before they are used, and
// removed when nobody uses them any more.
func TestChangeOfAuthorityUnderLoadFailsNothing(t *testing.T) {
	ca := kittest.NewCA(t)
	atServer, atClient := ca.Issue("localhost"), ca.Issue("orders")
	server, client := mount(t, files(atServer, ca), nil), mount(t, files(atClient, ca), nil)
	underLoad(t, serve(t, server.Server()), client, false, func(progress func()) {
		for range 5 {
			next := kittest.NewCA(t)
			set := func(cas ...*kittest.CA) {
				server.renew(t, files(atServer, cas...))
				client.renew(t, files(atClient, cas...))
				progress()
			}
			set(ca, next)
			atServer, atClient = next.Issue("localhost"), next.Issue("orders")
			set(ca, next)
			set(next)
			ca = next
		}
	})
}
