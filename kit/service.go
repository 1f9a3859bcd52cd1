package kit

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/certs"
	"github.com/golive-dev/golive/kit/health"
	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/outbound"
	"github.com/golive-dev/golive/kit/secret"
	"github.com/golive-dev/golive/kit/switches"
)

// Service is what a build function connects. Its parts are ready to be used
// and may be handed to any other library.
type Service struct {
	Name     string
	Log      *slog.Logger         // JSON lines with the trace of their context
	Metrics  *prometheus.Registry // served at /metrics
	Traces   trace.TracerProvider // records what is sampled
	Health   *health.Monitor      // what /readyz and /livez say
	Switches *switches.Set        // what /switches/ shows
	Mux      *inbound.Mux         // the service's port
	Ops      *http.ServeMux       // the ops port; more may be added
	Identity *certs.Identity      // from TLS_CERT_FILE; nil without

	steps []step
	loops []loop
	stops []step
	close []func()
}

// step is something to be done, with a name for the log.
type step struct {
	name string
	do   func(context.Context) error
}

// loop is a function that runs as long as the service.
type loop struct {
	step
	max time.Duration
	run func(ctx context.Context, beat func()) error
}

// Handle serves pattern, in the syntax of [http.ServeMux], with h.
func (s *Service) Handle(pattern string, h http.Handler, o ...inbound.RouteOption) {
	s.Mux.Handle(pattern, h, o...)
}

// HandleFunc serves pattern with h. An error that h returns is answered as
// problem+json: a *problem.Problem as it is, any other as status 500 without
// its text, which is logged.
func (s *Service) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request) error, o ...inbound.RouteOption) {
	s.Mux.HandleErr(pattern, h, o...)
}

// Client returns a client of one dependency, with the service's telemetry
// and, when the service has one, its TLS identity. What c sets stays.
func (s *Service) Client(c outbound.Config) (*http.Client, error) {
	if c.Log == nil {
		c.Log = s.Log
	}
	if c.Registerer == nil {
		c.Registerer = s.Metrics
	}
	if c.Tracer == nil {
		c.Tracer = s.Traces
	}
	if c.TLS == nil && c.Transport == nil && s.Identity != nil {
		c.TLS = s.Identity.Client()
	}
	return outbound.New(c)
}

// Secret reads a secret from a file, as platforms mount them, and again
// when it changes.
func (s *Service) Secret(path string) (*secret.Value, error) {
	v, err := secret.Watch(context.Background(), secret.File(path), secret.Options{Log: s.Log, Registerer: s.Metrics})
	if err != nil {
		return nil, fmt.Errorf("reading a secret: %w", err)
	}
	s.close = append(s.close, v.Close)
	return v, nil
}

// Before adds something that must have succeeded before the service is
// ready, such as a migration. It is tried until it does, with growing pauses
// of up to 5 s; in the meantime the service answers 503. Steps run one after
// another, in the order in which they were added.
func (s *Service) Before(name string, do func(context.Context) error) {
	s.steps = append(s.steps, step{name, do})
}

// Go runs a function as long as the service. It must call beat at least
// every max, or liveness fails: a loop that hangs is what a restart can mend.
// Its context ends when the last request has ended. When it returns earlier,
// or panics, the service stops and the process exits with 1.
func (s *Service) Go(name string, max time.Duration, run func(ctx context.Context, beat func()) error) {
	s.loops = append(s.loops, loop{step: step{name: name}, max: max, run: run})
}

// OnStop adds something to be done once the last request has ended, such as
// closing a pool. The last one added runs first.
func (s *Service) OnStop(name string, do func(context.Context) error) {
	s.stops = append(s.stops, step{name, do})
}
