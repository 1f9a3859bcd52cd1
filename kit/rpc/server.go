package rpc

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// Server is a gRPC server at full duty. Register services on it and call its
// Serve as on any *grpc.Server; stop it with [Server.Shutdown].
type Server struct {
	*grpc.Server
	duty   *duty
	health *Health
}

// NewServer returns a server with the duty of [ServerOptions] and, if o.Health
// is given, the health service. More options are gRPC's own: credentials,
// further interceptors, which then run within the duty.
func NewServer(o Options, more ...grpc.ServerOption) (*Server, error) {
	d, err := newDuty(o)
	if err != nil {
		return nil, err
	}
	s := &Server{Server: grpc.NewServer(append(d.options(), more...)...), duty: d}
	if o.Health != nil {
		s.health = NewHealth(o.Health)
		healthgrpc.RegisterHealthServer(s.Server, s.health)
	}
	return s, nil
}

// ServerOptions returns the duty as options for a *grpc.Server of your own:
// access line, golden signals per method and code, tracing, recovery, deadline,
// shedding and limits. The error names the option that is wrong.
func ServerOptions(o Options) ([]grpc.ServerOption, error) {
	d, err := newDuty(o)
	if err != nil {
		return nil, err
	}
	return d.options(), nil
}

// quickestPing is how often a client may ask whether the connection lives. gRPC
// forbids it more than once in 5 minutes by default, in which a silent network
// would hold all calls back.
const quickestPing = 10 * time.Second

func (d *duty) options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(d.unary),
		grpc.ChainStreamInterceptor(d.stream),
		grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
			return status.Error(codes.Unimplemented, "unknown service or method")
		}),
		grpc.MaxRecvMsgSize(d.MaxMessage),
		grpc.MaxConcurrentStreams(d.MaxStreams),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: d.MaxAge}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: quickestPing, PermitWithoutStream: true}),
	}
}

// Shutdown stops the server without losing a call: it tells every client to go
// elsewhere, takes no connection any more, lets the calls under way end and
// returns nil. If ctx ends first the rest is cut, and the error says how many.
// Before it, let the balancer see that the service is not ready, as kit's Main
// does; watchers of the health service are told, too.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.health != nil {
		s.health.Close()
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.GracefulStop()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	cut := s.duty.underWay.Load()
	s.Stop()
	<-ended
	if cut == 0 {
		return nil // only connections without a call were left
	}
	return fmt.Errorf("rpc: stop: %d calls cut, which had not ended in time: %w", cut, context.Cause(ctx))
}

// duty is what the server does around each call.
type duty struct {
	Options
	lines    lines
	methods  *methods
	quiet    map[string]bool
	tracer   tracer
	underWay atomic.Int64
}

func newDuty(o Options) (*duty, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	m, err := newMethods(o.Registerer, o.Threshold)
	if err != nil {
		return nil, err
	}
	d := &duty{Options: o, lines: newLines(o.Log), methods: m, quiet: map[string]bool{}}
	d.tracer = newTracer(o.Tracer)
	for _, name := range append(healthMethods, o.Quiet...) {
		d.quiet[name] = true
	}
	return d, nil
}

// healthMethods are asked every few seconds by platforms and clients.
var healthMethods = []string{
	healthgrpc.Health_Check_FullMethodName, healthgrpc.Health_Watch_FullMethodName, healthgrpc.Health_List_FullMethodName,
}
