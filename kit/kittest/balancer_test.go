package kittest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// often is a balancer that decides fast.
var often = kittest.BalancerOptions{Period: 20 * time.Millisecond}

// eager are clients that hardly pause.
var eager = kittest.Load{Clients: 4, Pause: time.Millisecond}

func TestBalancerRoutesToWhatIsReady(t *testing.T) {
	one, two := serve(t, nil), serve(t, nil)
	two.ready.Store(503)
	b := kittest.Balancer(t, often, one.Backend, two.Backend)
	b.AwaitReady(1)
	traffic := b.Drive(eager)
	traffic.Await(5)
	if n := two.served.Load(); n > 0 || !slices.Equal(b.Ready(), []string{one.URL}) {
		t.Errorf("%d requests came to an unready backend; ready are %s", n, b.Ready())
	}
	two.ready.Store(204)
	b.AwaitReady(2)
	one.ready.Store(500)
	b.AwaitReady(1)
	before := one.served.Load()
	traffic.Await(traffic.Report().Sent) // more than each has had
	if report := traffic.Stop(); len(report.Lost) > 0 || two.served.Load() == 0 {
		t.Errorf("%s; %d came to the second backend", report, two.served.Load())
	}
	if n := one.served.Load() - before; n > int64(eager.Clients) {
		t.Errorf("%d requests came to a backend that was taken out", n)
	}
}

func TestBalancerTakesOutAtTheThreshold(t *testing.T) {
	s := serve(t, nil)
	o := often
	o.FailureThreshold = 3
	b := kittest.Balancer(t, o, s.Backend)
	b.AwaitReady(1)
	s.ready.Store(503)
	failed := s.probes.Load()
	b.AwaitReady(0)
	if n := s.probes.Load() - failed; n < 3 {
		t.Errorf("taken out after %d failed probes, want 3", n)
	}
	s.ready.Store(302)
	b.AwaitReady(1)
}

func TestBalancerBelievesNoProbeThatHangs(t *testing.T) {
	s := serve(t, nil)
	release := make(chan struct{})
	defer close(release)
	_, hangs := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	o := often
	o.Timeout = 10 * time.Millisecond
	b := kittest.Balancer(t, o, kittest.Backend{URL: s.URL, Ready: hangs}, s.Backend)
	b.AwaitReady(1)
	b.AwaitProbe()
	if ready := b.Ready(); len(ready) != 1 {
		t.Errorf("%d backends are ready", len(ready))
	}
}

func TestClientsKeepTheirConnection(t *testing.T) {
	s := serve(t, nil)
	b := kittest.Balancer(t, often, s.Backend)
	traffic := b.Drive(eager)
	traffic.Await(20)
	if r := traffic.Stop(); r.Connections != eager.Clients || len(r.Lost) > 0 || r.Sent != r.Answered || r.Sent < 80 {
		t.Errorf("%d connections for %d clients; %s", r.Connections, eager.Clients, r)
	}
}

func TestAnAnnouncedCloseLosesNothing(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	b := kittest.Balancer(t, often, s.Backend)
	traffic := b.Drive(eager)
	traffic.Await(5)
	if r := traffic.Stop(); r.Connections != r.Sent || len(r.Lost) > 0 {
		t.Errorf("%d connections; %s", r.Connections, r)
	}
}

func TestWhatIsLostIsNotSentAgain(t *testing.T) {
	var seen atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1)%2 == 0 {
			panic(http.ErrAbortHandler)
		}
	})
	b := kittest.Balancer(t, often, s.Backend)
	traffic := b.Drive(kittest.Load{Clients: 1, Pause: time.Millisecond})
	traffic.Await(10)
	r := traffic.Stop()
	if int64(r.Sent) != seen.Load() || len(r.Lost) != r.Sent/2 {
		t.Fatalf("%s; the service saw %d", r, seen.Load())
	}
	lost := r.Lost[0]
	if lost.Client != 1 || lost.Before != 1 || lost.Backend != s.URL || lost.Request != "GET /" || !strings.HasPrefix(lost.Reason, "connection ") {
		t.Errorf("lost: %+v", lost)
	}
}

func TestReasonsOfLosses(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	gone, url := listen(t, nil)
	gone.Close()
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		url     string
		reason  string
	}{
		{"refused", nil, url, "connection refused before the request"},
		{"failed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "", "status 503"},
		{"silent", func(http.ResponseWriter, *http.Request) { <-release }, "", "given up after 50ms before an answer"},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("12345"))
		}, "", "connection closed after 5 bytes of the body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.handler)
			if test.url != "" {
				s.URL = test.url
			}
			load := kittest.Load{Clients: 1, Limit: 50 * time.Millisecond}
			traffic := kittest.Balancer(t, often, s.Backend).Drive(load)
			traffic.Await(1)
			if r := traffic.Stop(); len(r.Lost) == 0 || r.Lost[0].Reason != test.reason {
				t.Errorf("want %q: %s", test.reason, r)
			}
		})
	}
}

func TestRequestsCarryTheirBody(t *testing.T) {
	for _, path := range []string{"", "/", "/v1"} {
		var wrong atomic.Int64
		want := strings.TrimSuffix(path, "/") + "/orders?dry=1"
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != "POST" || r.RequestURI != want || r.FormValue("item") != "cup" {
				wrong.Add(1)
			}
		})
		s.URL += path
		load := kittest.Load{Clients: 2, Accept: accepted, Request: func() *http.Request {
			r, _ := http.NewRequest("POST", "/orders?dry=1", strings.NewReader("item=cup"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r
		}}
		traffic := kittest.Balancer(t, often, s.Backend).Drive(load)
		traffic.Await(3)
		if r := traffic.Stop(); wrong.Load() > 0 || len(r.Lost) > 0 {
			t.Errorf("behind %q %d requests came wrong; %s", s.URL, wrong.Load(), r)
		}
	}
}

// What a service answers to a wrong request is no answer, but for those who
// say so.
func TestOnlySuccessIsAnAnswerByItself(t *testing.T) {
	for status, counts := range map[int]bool{200: true, 204: true, 304: true, 400: false, 404: false, 429: false, 500: false} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		b := kittest.Balancer(t, often, s.Backend)
		traffic := b.Drive(eager)
		traffic.Await(2)
		r := traffic.Stop()
		if counts != (r.Answered == r.Sent) || !counts && r.Reasons()[fmt.Sprintf("status %d", status)] != r.Sent {
			t.Errorf("%d: %s", status, r)
		}
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	load := eager
	load.Accept = func(status int) bool { return status < 500 }
	traffic := kittest.Balancer(t, often, s.Backend).Drive(load)
	traffic.Await(2)
	if r := traffic.Stop(); r.Answered != r.Sent {
		t.Errorf("Accept is not asked: %s", r)
	}
}

func accepted(status int) bool { return status == http.StatusOK }

// A balancer of connections leaves a client on the connection that it has.
func TestStickyClientsStay(t *testing.T) {
	s := serve(t, nil)
	o := often
	o.Sticky = true
	b := kittest.Balancer(t, o, s.Backend)
	traffic := b.Drive(eager)
	traffic.Await(3)
	s.ready.Store(503)
	b.AwaitReady(0)
	traffic.Await(traffic.Report().Sent + 1)
	if r := traffic.Stop(); len(r.Lost) > 0 || r.Connections != eager.Clients {
		t.Errorf("%d connections; %s", r.Connections, r)
	}
}

func TestBalancerComplains(t *testing.T) {
	wants(t, try(t, func(t testing.TB) { kittest.Balancer(t, often, kittest.Backend{URL: "localhost"}) }), `URL "localhost" is no address`)
	wants(t, try(t, func(t testing.TB) {
		kittest.Balancer(t, often, kittest.Backend{URL: "http://127.0.0.1:1", Ready: "/readyz"})
	}), `Ready "/readyz" is no address`)
	wants(t, try(t, func(t testing.TB) { kittest.Balancer(t, kittest.BalancerOptions{Period: -1}) }), "Period")
}
