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

// service is a net/http server with a readiness endpoint on a port of its
// own, as services have.
type service struct {
	kittest.Backend
	server  *http.Server
	ops     *http.Server
	ready   atomic.Int64 // the status of readiness
	probes  atomic.Int64
	served  atomic.Int64
	handler http.HandlerFunc // nil: 200
}

func serve(t testing.TB, handler http.HandlerFunc) *service {
	s := &service{handler: handler}
	s.ready.Store(200)
	s.server, s.URL = listen(t, http.HandlerFunc(s.answer))
	s.ops, s.Ready = listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.probes.Add(1)
		w.WriteHeader(int(s.ready.Load()))
	}))
	s.Ready += "/readyz"
	return s
}

func (s *service) answer(w http.ResponseWriter, r *http.Request) {
	s.served.Add(1)
	if s.handler != nil {
		s.handler(w, r)
	}
}

func listen(t testing.TB, h http.Handler) (*http.Server, string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return server, "http://" + l.Addr().String()
}

// shutdown finishes what is in flight and ends.
func (s *service) shutdown(t testing.TB) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
