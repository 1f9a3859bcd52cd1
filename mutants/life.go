package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// The times of stopping, counted from SIGTERM. golive.yaml declares the grace
// period, and how often the balancer asks.
const (
	grace      = 8 * time.Second
	drainDelay = 1200 * time.Millisecond      // several of the balancer's periods
	finishedBy = grace - 200*time.Millisecond // what is left is for the exit itself
)

// serve is the life of the process. It returns the exit code.
func serve(ctx context.Context, b behaviour, lookup func(string) (string, bool), out io.Writer) int {
	c, wrong := b.configure(lookup)
	i := newInstance(b, c, out)
	process := i.logger(newSpan())
	fail := func(event, why string) int {
		process.Error(event, "error", strings.ReplaceAll(why, "\n", "; "))
		return 1
	}
	if wrong != nil {
		return fail("config.invalid", b.complaint(wrong))
	}
	if err := b.prepare(ctx, i); err != nil {
		return fail("start.failed", err.Error())
	}
	collector, _ := lookup("OTEL_EXPORTER_OTLP_ENDPOINT")
	go i.spans.run(context.WithoutCancel(ctx), collector)
	listener, err := net.Listen("tcp", ":"+c.port)
	if err != nil {
		return fail("start.failed", err.Error())
	}
	process.Info("server.started")
	if err := i.serve(ctx, listener); err != nil {
		return fail("stop.failed", err.Error())
	}
	process.Info("server.stopped")
	return b.exit
}

// serve answers until ctx ends and then stops.
func (i *instance) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: i.handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	defer unwatch()
	go i.watch(watching)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return i.stop(i, server)
	}
}

// drainThenShutdown stops in the order that loses nothing: unready, wait for
// the balancer to notice, close, finish.
func drainThenShutdown(i *instance, s *http.Server) error {
	began := time.Now()
	i.state.change(func(now *state) { now.draining = true })
	time.Sleep(drainDelay)
	return shutdown(s, finishedBy-time.Since(began))
}

func shutdown(s *http.Server, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		return errors.New("requests were still in flight")
	}
	return nil
}
