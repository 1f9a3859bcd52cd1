package rpc_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/golive-dev/golive/kit/rpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
)

// A dependency that is down costs its callers an answer that somebody decided.
func ExampleDial() {
	conn, err := rpc.Dial(rpc.Config{
		Name:    "prices",
		Target:  "127.0.0.1:1", // nobody listens there
		Timeout: time.Second,
		Fallback: rpc.Func("list-price", func(_ context.Context, _ string, _, reply any, _ error) error {
			reply.(*grpc_testing.SimpleResponse).Username = "list price"
			return nil
		}),
		Credentials: insecure.NewCredentials(),
		Log:         slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	var kind string
	price, err := grpc_testing.NewTestServiceClient(conn).UnaryCall(context.Background(), &grpc_testing.SimpleRequest{}, rpc.FellBack(&kind))
	fmt.Println(price.GetUsername(), err, kind)

	_, err = rpc.Dial(rpc.Config{Name: "prices", Target: "127.0.0.1:1"})
	fmt.Println(err)
	// Output:
	// list price <nil> list-price
	// rpc: client of "prices": Timeout is missing: how long a call may take, from the dependency's p99; Fallback is missing: decide what callers get without an answer; rpc.Fail() if nothing
}
