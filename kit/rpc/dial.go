package rpc

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/kit/internal/budget"
	"github.com/golive-dev/golive/kit/metrics"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	_ "google.golang.org/grpc/health" // lets the connection watch the server's health
	"google.golang.org/grpc/keepalive"
)

// balanced spreads calls over all addresses of the target, and leaves those
// whose health service says that they do not serve. A server without one counts
// as serving.
const balanced = `{"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":""}}`

// slowestReconnect bounds the pause between attempts to connect. gRPC's own 2
// minutes would be added to every outage.
const slowestReconnect = 3 * time.Second

// Dial returns the connection to one dependency, an ordinary *grpc.ClientConn:
// make one, keep it, close it at the end. It does not wait for the dependency.
// The error names every field of c that is missing or cannot be right.
func Dial(c Config) (*grpc.ClientConn, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("rpc: client of %q: %w", c.Name, err)
	}
	all, err := metrics.NewClient(c.Registerer, metrics.ClientOptions{})
	if err != nil {
		return nil, fmt.Errorf("rpc: client of %q: %w", c.Name, err)
	}
	conn, err := grpc.NewClient(c.Target, newClient(c, all.Dependency(c.Name)).options()...)
	if err != nil {
		return nil, fmt.Errorf("rpc: client of %q: %w", c.Name, err)
	}
	conn.Connect() // now rather than with the first call
	return conn, nil
}

// client is what is done around the calls to one dependency.
type client struct {
	Config
	lines    lines
	signals  *metrics.Dependency
	tracer   tracer
	budget   *budget.Budget
	inFlight atomic.Int64
	safe     sync.Map // full name → bool: may be sent twice; names come from the service's code
}

func newClient(c Config, signals *metrics.Dependency) *client {
	if s, ok := c.Fallback.(*stale); ok {
		c.Fallback = s.empty() // each client keeps its own
	}
	n := &client{Config: c, lines: newLines(c.Log), signals: signals, tracer: newTracer(c.Tracer), budget: budget.New(c.Budget, c.BudgetMinimum)}
	for _, method := range c.Idempotent {
		n.safe.Store(method, true)
	}
	return n
}

func (c *client) options() []grpc.DialOption {
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay, reconnect.MaxDelay = c.Backoff, max(c.Backoff, slowestReconnect)
	return append([]grpc.DialOption{
		grpc.WithTransportCredentials(c.Credentials),
		grpc.WithChainUnaryInterceptor(c.unary),
		grpc.WithChainStreamInterceptor(c.stream),
		grpc.WithDefaultServiceConfig(balanced),
		grpc.WithDisableServiceConfig(), // a TXT record must not bring retries of its own
		grpc.WithDisableRetry(),         // attempts are counted here
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: max(c.Try, time.Second)}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: c.Ping, Timeout: max(c.Try, time.Second)}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(c.MaxMessage)),
	}, c.Options...)
}
