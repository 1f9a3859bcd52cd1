package kittest_test

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// start runs a service that drains when it is stopped: it says that it is
// unready, serves on for longer than the balancer believes the old answer, and
// only then stops to listen.
func start(t testing.TB) (kittest.Backend, func()) {
	const drain = 300 * time.Millisecond // above the balancer's period of 100 ms
	var draining atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if draining.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	url := "http://" + listener.Addr().String()
	return kittest.Backend{URL: url, Ready: url + "/readyz"}, func() {
		draining.Store(true)
		time.Sleep(drain)
		server.Shutdown(context.Background())
	}
}

// Twice stopped under 16 keep-alive clients, the service loses nothing.
func TestExampleStops(t *testing.T) {
	report := kittest.Stops(t, kittest.StopsOptions{
		Times:    2,
		Balancer: kittest.BalancerOptions{Period: 100 * time.Millisecond},
	}, start)
	if len(report.Lost) > 0 {
		t.Error(report)
	}
}
