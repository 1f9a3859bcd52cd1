package rpc

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/kit/health"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthgrpc "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// Liveness is the name under which the health service tells liveness. The
// empty name is the server as a whole, and so its readiness, which gRPC clients
// and Kubernetes' gRPC probes ask for by default.
const Liveness = "liveness"

// Health serves grpc.health.v1.Health from a monitor: readiness under the
// empty name and "readiness", liveness under [Liveness]. It answers from the
// monitor's memory.
type Health struct {
	healthgrpc.UnimplementedHealthServer
	services map[string]func() bool
	closed   chan struct{}
	once     sync.Once
}

// NewHealth returns the health service of a monitor, to be registered on a
// *grpc.Server; [NewServer] does so itself.
func NewHealth(m *health.Monitor) *Health {
	ready := func() bool { ok, _ := m.Ready(); return ok }
	live := func() bool { ok, _ := m.Live(); return ok }
	return &Health{
		services: map[string]func() bool{"": ready, "readiness": ready, Liveness: live},
		closed:   make(chan struct{}),
	}
}

// Close tells every watcher that the server does not serve any more and ends
// its watch, which would hold a graceful stop up.
func (h *Health) Close() { h.once.Do(func() { close(h.closed) }) }

// Check answers how one service is, and NOT_FOUND for names unknown.
func (h *Health) Check(_ context.Context, in *healthgrpc.HealthCheckRequest) (*healthgrpc.HealthCheckResponse, error) {
	serving, ok := h.services[in.GetService()]
	if !ok {
		return nil, status.Error(codes.NotFound, "unknown service")
	}
	return h.answer(serving), nil
}

// List answers how every service is.
func (h *Health) List(context.Context, *healthgrpc.HealthListRequest) (*healthgrpc.HealthListResponse, error) {
	all := &healthgrpc.HealthListResponse{Statuses: map[string]*healthgrpc.HealthCheckResponse{}}
	for name, serving := range h.services {
		all.Statuses[name] = h.answer(serving)
	}
	return all, nil
}

// look is how often a watch looks at the monitor, which costs less than a
// microsecond: a client leaves a draining server within that time.
const look = 100 * time.Millisecond

// Watch tells how one service is, now and after each change.
func (h *Health) Watch(in *healthgrpc.HealthCheckRequest, out grpc.ServerStreamingServer[healthgrpc.HealthCheckResponse]) error {
	serving, ok := h.services[in.GetService()]
	if !ok { // the protocol asks to say so and to keep the stream
		if err := out.Send(&healthgrpc.HealthCheckResponse{Status: healthgrpc.HealthCheckResponse_SERVICE_UNKNOWN}); err != nil {
			return err
		}
	}
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for told := healthgrpc.HealthCheckResponse_UNKNOWN; ; {
		if now := h.answer(serving); ok && now.GetStatus() != told {
			if err := out.Send(now); err != nil {
				return err
			}
			told = now.GetStatus()
		}
		select {
		case <-ticker.C:
		case <-out.Context().Done():
			return status.FromContextError(out.Context().Err()).Err()
		case <-h.closed:
			if ok && told == healthgrpc.HealthCheckResponse_SERVING {
				_ = out.Send(h.answer(serving)) // it is going anyway
			}
			return status.Error(codes.Canceled, "the server stops")
		}
	}
}

func (h *Health) answer(serving func() bool) *healthgrpc.HealthCheckResponse {
	answer := &healthgrpc.HealthCheckResponse{Status: healthgrpc.HealthCheckResponse_NOT_SERVING}
	select {
	case <-h.closed:
	default:
		if serving != nil && serving() {
			answer.Status = healthgrpc.HealthCheckResponse_SERVING
		}
	}
	return answer
}

func isHealth(method string) bool { return strings.HasPrefix(method, "/grpc.health.v1.Health/") }
