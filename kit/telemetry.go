package kit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/health"
	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/shed"
	"github.com/golive-dev/golive/kit/switches"
	"github.com/golive-dev/golive/kit/trace"
)

// limitMemory tells the runtime the container's limit, so that it collects
// garbage harder instead of being killed. The runtime reads the CPU quota by
// itself, but not this one. Nine tenths leave room for what is not heap.
func limitMemory(l *slog.Logger) {
	_, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(0.9), memlimit.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		l.Debug("memory.no_limit", "error", err)
	}
}

// telemetry is what a stop has to flush.
type telemetry struct {
	traces *trace.Provider
	out    *log.Writer
}

// register counts what telemetry itself lost: lines that nobody read in time
// and spans that no collector took.
func (t telemetry) register(r prometheus.Registerer) {
	r.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "log_lines_dropped_total", Help: "Log lines dropped because their reader was too slow.",
		}, func() float64 { return float64(t.out.Dropped()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "trace_spans_dropped_total", Help: "Spans that were recorded and not delivered.",
		}, func() float64 { return float64(t.traces.Dropped()) }),
	)
}

func (t telemetry) flush(limit time.Duration, l *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := t.traces.Shutdown(ctx); err != nil {
		l.Warn("shutdown.spans_lost", "error", err)
	}
	_ = t.out.Flush()
}

// furnish makes all of a service but what its build function connects.
func (p *process) furnish() (*Service, telemetry, error) {
	o := p.options
	p.tracing.Service, p.tracing.Version, p.tracing.Log = o.Name, o.Version, p.log
	traces, err := trace.Start(p.tracing)
	if err != nil {
		return nil, telemetry{}, fmt.Errorf("starting to trace: %w", err)
	}
	s := &Service{
		Name: o.Name, Log: p.log, Metrics: metrics.NewRegistry(), Traces: traces.TracerProvider(),
	}
	t := telemetry{traces: traces, out: p.out}
	t.register(s.Metrics)
	s.Switches = switches.New(switches.Options{File: p.settings.Switches, Log: p.log, Registerer: s.Metrics})
	s.Health = health.New(health.Options{Log: p.log, Registerer: s.Metrics})
	if s.Mux, err = p.newMux(s, traces); err == nil {
		err = p.identify(s)
	}
	s.Ops = p.newOps(s)
	return s, t, err
}

func (p *process) newMux(s *Service, traces *trace.Provider) (*inbound.Mux, error) {
	served, err := metrics.NewServer(s.Metrics, metrics.ServerOptions{Threshold: p.options.Objective})
	if err != nil {
		return nil, err
	}
	o := p.options.Inbound
	o.Log, o.Metrics, o.Tracer, o.Sampled = p.log, served, s.Traces, traces.Sampled
	if o.Limiter == nil {
		o.Limiter = shed.New(shed.Options{
			Limit: p.options.MaxInFlight, Adaptive: p.options.Adaptive, Log: p.log, Registerer: s.Metrics,
		})
	}
	return inbound.New(o)
}

// identify loads the TLS identity, if there is one.
func (p *process) identify(s *Service) (err error) {
	if p.settings.TLSCert == "" {
		return nil
	}
	s.Identity, err = certs.Load(certs.Options{
		Cert: p.settings.TLSCert, Key: p.settings.TLSKey, CA: p.settings.TLSCA, Log: p.log, Registerer: s.Metrics,
	})
	if err != nil {
		return fmt.Errorf("loading the TLS identity: %w", err)
	}
	s.close = append(s.close, func() { s.Identity.Close() })
	return nil
}
