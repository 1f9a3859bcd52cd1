package rpc

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

// replica is one of several servers behind one name, on a real port.
type replica struct {
	addr   string
	server *Server
	served atomic.Int64
}

func (r *replica) start(t *testing.T) {
	t.Helper()
	if r.addr == "" {
		r.addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	o := newSeen().options()
	o.Health = started(t)
	r.server = serveOn(t, l, o, service{unary: func(ctx context.Context, in *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		r.served.Add(1)
		time.Sleep(time.Millisecond) // so that a stop always finds calls under way
		return echo(ctx, in)
	}})
}

// TestStopsLoseNoCall stops one of two replicas after the other, time and again,
// under calls that are never retried.
func TestStopsLoseNoCall(t *testing.T) {
	replicas := []*replica{{}, {}}
	names := manual.NewBuilderWithScheme("replicas")
	var addrs []resolver.Address
	for _, r := range replicas {
		r.start(t)
		addrs = append(addrs, resolver.Address{Addr: r.addr})
	}
	names.InitialState(resolver.State{Addresses: addrs})
	c := newSeen().config()
	c.Target = "replicas:///inventory"
	client := dial(t, c, grpc.WithResolvers(names))

	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	var calls, lost atomic.Int64
	for range 16 {
		callers.Go(func() {
			for ctx.Err() == nil {
				calls.Add(1)
				if _, err := client.UnaryCall(t.Context(), payload("")); err != nil {
					lost.Add(1)
					t.Log(err, errors.Unwrap(err))
				}
			}
		})
	}
	for n := range 6 {
		for _, r := range replicas { // as a rollout waits until the one before is ready
			before := r.served.Load()
			eventually(t, "a call on each replica", func() bool { return r.served.Load() > before })
		}
		r := replicas[n%2]
		limit, cancel := context.WithTimeout(t.Context(), patient)
		if err := r.server.Shutdown(limit); err != nil {
			t.Error(err)
		}
		cancel()
		r.start(t)
	}
	stop()
	callers.Wait()
	if calls.Load() == 0 || lost.Load() != 0 {
		t.Errorf("%d of %d calls lost", lost.Load(), calls.Load())
	}
}

func TestAStopCutsWhatDoesNotEndAndSaysHowMany(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	server, to := serve(t, newSeen().options(), service{unary: func(context.Context, *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
		close(inside)
		<-leave
		return nil, nil
	}})
	client := grpc_testing.NewTestServiceClient(plain(t, to))
	answered := make(chan error, 1)
	go func() { _, err := client.UnaryCall(t.Context(), payload("")); answered <- err }()
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- server.Shutdown(ctx) }()
	if err := <-answered; err == nil {
		t.Error("the call that was cut got no error")
	}
	close(leave) // a handler that ignores its context ends when it pleases
	if err := <-stopped; err == nil || !strings.Contains(err.Error(), "1 calls cut") {
		t.Errorf("error %v, want the number of calls", err)
	}
}
