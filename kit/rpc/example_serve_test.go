package rpc_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/golive-dev/golive/kit/health"
	"github.com/golive-dev/golive/kit/rpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
)

// greeter stands for what generated code serves.
type greeter struct {
	grpc_testing.UnimplementedTestServiceServer
}

func (greeter) UnaryCall(context.Context, *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	return &grpc_testing.SimpleResponse{Username: "ada"}, nil
}

// A server at full duty, a client of it, and a stop that loses no call.
func Example() {
	quiet := slog.New(slog.NewJSONHandler(io.Discard, nil))
	monitor := health.New(health.Options{Log: quiet})
	server, err := rpc.NewServer(rpc.Options{Log: quiet, Health: monitor})
	if err != nil {
		fmt.Println(err)
		return
	}
	grpc_testing.RegisterTestServiceServer(server, greeter{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go server.Serve(listener)
	monitor.SetStarted()

	conn, err := rpc.Dial(rpc.Config{
		Name: "greeter", Target: listener.Addr().String(), Timeout: 5 * time.Second, Fallback: rpc.Fail(),
		Credentials: insecure.NewCredentials(), // on loopback; nil means TLS
		Log:         quiet,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	answer, err := grpc_testing.NewTestServiceClient(conn).UnaryCall(context.Background(), &grpc_testing.SimpleRequest{})
	fmt.Println(answer.GetUsername(), err)

	monitor.SetDraining()
	fmt.Println("stopped:", server.Shutdown(context.Background()))
	// Output:
	// ada <nil>
	// stopped: <nil>
}
