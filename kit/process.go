package kit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/problem"
	"github.com/golive-dev/golive/kit/trace"
)

// process is one run of a service.
type process struct {
	options  Options
	settings Settings
	tracing  trace.Options
	log      *slog.Logger
	level    *slog.LevelVar
	out      *log.Writer

	prepared atomic.Bool // every step of Before succeeded
}

// run goes through the phases; the package comment lists them.
func (p *process) run(ctx context.Context, build func(*Service) error) error {
	limitMemory(p.log)
	s, telemetry, err := p.furnish()
	if err != nil {
		return err
	}
	ops, err := open("OPS_PORT", p.settings.OpsPort, &http.Server{Handler: s.Ops, ReadHeaderTimeout: 5 * time.Second})
	if err != nil {
		telemetry.flush(p.settings.reserve(), p.log)
		return err
	}
	defer ops.close()
	defer telemetry.flush(p.settings.reserve(), p.log)
	defer s.end(p.settings.reserve())
	if err := build(s); err != nil {
		return fmt.Errorf("building the service: %w", err)
	}
	service, err := p.openService(s)
	if err != nil {
		return err
	}
	defer service.close()
	if p.options.Listening != nil {
		p.options.Listening(service.addr, ops.addr)
	}
	p.log.Info("service.started", "address", service.addr, "ops", ops.addr)
	return p.serve(ctx, s, service, ops)
}

// serve is the time from the opening of the service's port to the end of the
// last request. It returns nil when ctx ended it.
func (p *process) serve(ctx context.Context, s *Service, service, ops *port) error {
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	defer endWork()
	var tasks group
	failed := make(chan error, len(s.loops))
	for _, l := range s.loops {
		tasks.run(func() { p.keep(work, s, l, failed) })
	}
	s.Health.Start(work)
	defer s.Health.Close()
	tasks.run(func() { p.prepare(work, s) })
	tasks.run(func() { s.Switches.Run(work) })
	err := await(ctx, service, ops, failed)
	p.stop(s, service)
	endWork()
	tasks.wait()
	return err
}

func await(ctx context.Context, service, ops *port, failed <-chan error) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-service.failed:
		return fmt.Errorf("serving PORT: %w", err)
	case err := <-ops.failed:
		return fmt.Errorf("serving OPS_PORT: %w", err)
	case err := <-failed:
		return err
	}
}

// prepare does the steps one after another, each until it succeeds.
func (p *process) prepare(ctx context.Context, s *Service) {
	const longest = 5 * time.Second
	for _, step := range s.steps {
		for pause := 100 * time.Millisecond; ; pause = min(2*pause, longest) {
			err := step.do(ctx)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return
			}
			p.log.Warn("start.step_failed", "step", step.name, "error", err, "again_in_ms", pause.Milliseconds())
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
		p.log.Info("start.step_done", "step", step.name)
	}
	p.prepared.Store(true)
	s.Health.SetStarted()
}

// gate answers 503 until the service is prepared: the tables that a request
// needs may not be there yet.
func (p *process) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.prepared.Load() {
			next.ServeHTTP(w, r)
			return
		}
		starting := problem.New(http.StatusServiceUnavailable, "the service is starting")
		starting.RetryAfter = time.Second
		problem.Write(w, r, starting)
	})
}

// stop takes the service out of service; see the package comment.
func (p *process) stop(s *Service, service *port) {
	deadline := time.Now().Add(p.settings.GracePeriod - p.settings.reserve())
	s.Health.SetDraining()
	s.Mux.SetDraining()
	p.log.Info("shutdown.draining", "delay_ms", p.settings.DrainDelay.Milliseconds())
	time.Sleep(min(p.settings.DrainDelay, time.Until(deadline)))
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	err := service.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		p.log.Error("shutdown.cut", "error", "requests were still in flight at the deadline; raise GRACE_PERIOD or lower their timeout")
	}
	service.close()
}

// keep runs a loop and reports its end, if that is not the process's.
func (p *process) keep(ctx context.Context, s *Service, l loop, failed chan<- error) {
	watched := s.Health.Loop(l.name, l.max)
	defer watched.Done()
	err := shielded(func() error { return l.run(ctx, watched.Beat) })
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = errors.New("it returned before the service ended")
	}
	failed <- fmt.Errorf("%s: %w", l.name, err)
}

// end runs what OnStop added, the last first.
func (s *Service) end(limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for _, step := range slices.Backward(s.stops) {
		if err := shielded(func() error { return step.do(ctx) }); err != nil {
			s.Log.Error("shutdown.step_failed", "step", step.name, "error", err)
		}
	}
	for _, f := range slices.Backward(s.close) {
		f()
	}
}
