package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/logging"
)

// Stop says how long stopping may take.
type Stop struct {
	Drain time.Duration // from the signal until new connections are refused
	Grace time.Duration // from the signal until the platform kills the process
}

// lastMoment is kept of the grace period for the exit itself.
const lastMoment = 300 * time.Millisecond

// Serve answers on the listener until ctx ends and then stops in the order
// that loses no request: unready first; serving on until the balancer has
// noticed; refusing what is new; finishing what is in flight. It returns nil
// when everything was finished within the grace period.
func (s *Site) Serve(ctx context.Context, listener net.Listener, stop Stop) error {
	server := s.server(stop.Grace)
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	defer unwatch()
	go s.Gate.Watch(watching)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	s.Log.InfoContext(ctx, "server.started")
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	s.Gate.Drain()
	s.Log.Info("server.draining", "delay", stop.Drain.String())
	time.Sleep(stop.Drain)
	within, cancel := context.WithTimeout(watching, stop.Grace-stop.Drain-lastMoment)
	defer cancel()
	if err := server.Shutdown(within); err != nil {
		return fmt.Errorf("requests were still in flight at the end of the grace period: %w", err)
	}
	s.Log.Info("server.stopped")
	return nil
}

// server bounds what a slow client can hold: the head strictly, the whole
// request more loosely than the grace period, so that a request which the
// shutdown would wait for is not cut by a timeout of its own.
func (s *Site) server(grace time.Duration) *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       grace + 20*time.Second,
		WriteTimeout:      grace + 30*time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          logging.Standard(s.Log, "server.complaint"),
	}
}
