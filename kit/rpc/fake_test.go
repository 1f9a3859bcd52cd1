package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	kitlog "github.com/golive-dev/golive/kit/log"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/test/bufconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	unaryCall    = grpc_testing.TestService_UnaryCall_FullMethodName
	unaryName    = "grpc.testing.TestService/UnaryCall"
	streamCall   = grpc_testing.TestService_StreamingOutputCall_FullMethodName
	patient      = 10 * time.Second // what must not take so long on any machine
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// handler answers a unary call.
type handler func(context.Context, *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error)

// echo answers with what was asked.
func echo(_ context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	return &grpc_testing.SimpleResponse{Payload: in.GetPayload()}, nil
}

// service is gRPC's own test service, with handlers that a test gives.
type service struct {
	grpc_testing.UnimplementedTestServiceServer
	unary  handler
	stream func(grpc_testing.TestService_StreamingOutputCallServer) error
}

func (s service) UnaryCall(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	return s.unary(ctx, in)
}

func (s service) StreamingOutputCall(_ *grpc_testing.StreamingOutputCallRequest, out grpc_testing.TestService_StreamingOutputCallServer) error {
	return s.stream(out)
}

// seen records what a process tells of itself.
type seen struct {
	out      lockedBuffer
	log      *slog.Logger
	registry *prometheus.Registry
	spans    *tracetest.SpanRecorder
	traces   *sdktrace.TracerProvider
}

func newSeen() *seen {
	s := &seen{registry: prometheus.NewRegistry(), spans: tracetest.NewSpanRecorder()}
	s.log = kitlog.New(&s.out, kitlog.Options{Service: "orders", Level: slog.LevelDebug})
	s.traces = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s.spans))
	return s
}

// event waits for a line: a call is answered before its line is written.
func (s *seen) event(t *testing.T, name string) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, "a line "+name, func() bool {
		for line := range strings.Lines(s.out.String()) {
			fields := map[string]any{}
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			if fields["event"] == name {
				found = fields
			}
		}
		return found != nil
	})
	return found
}

// count returns the observations of a histogram or the value of another
// metric, summed over the series that have all labels ("name=value").
func (s *seen) count(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			has := map[string]bool{}
			for _, l := range m.GetLabel() {
				has[l.GetName()+"="+l.GetValue()] = true
			}
			ok := f.GetName() == name
			for _, l := range labels {
				ok = ok && has[l]
			}
			if ok {
				sum += float64(m.GetHistogram().GetSampleCount()) + m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func (s *seen) options() Options {
	return Options{Log: s.log, Registerer: s.registry, Tracer: s.traces}
}

func (s *seen) config() Config {
	return Config{
		Name: "inventory", Target: "passthrough:///inventory", Timeout: patient, Fallback: Fail(),
		Backoff: time.Millisecond, Credentials: insecure.NewCredentials(),
		Log: s.log, Registerer: s.registry, Tracer: s.traces,
	}
}

// serve runs a server in memory and returns what connects to it.
func serve(t *testing.T, o Options, svc service) (*Server, grpc.DialOption) {
	t.Helper()
	pipe := bufconn.Listen(1 << 20)
	s := serveOn(t, pipe, o, svc)
	return s, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) })
}

func serveOn(t *testing.T, l net.Listener, o Options, svc service) *Server {
	t.Helper()
	s, err := NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	grpc_testing.RegisterTestServiceServer(s, svc)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Stop(); <-ended })
	return s
}

func dial(t *testing.T, c Config, more ...grpc.DialOption) grpc_testing.TestServiceClient {
	t.Helper()
	c.Options = append(c.Options, more...)
	conn, err := Dial(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return grpc_testing.NewTestServiceClient(conn)
}

// plain connects without anything of this package.
func plain(t *testing.T, to grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///plain", to, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func payload(text string) *grpc_testing.SimpleRequest {
	return &grpc_testing.SimpleRequest{Payload: &grpc_testing.Payload{Body: []byte(text)}}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patient); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
