package rpc

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// panicError says what a panic was without saying what it held: a text that a
// handler put together may hold what its caller sent. The stack leads to the
// line where it stands. The runtime's own errors hold numbers and types only.
func panicError(v any) error {
	if err, ok := v.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", err)
	}
	return fmt.Errorf("panic with a value of type %T; see the stack for the line", v)
}

// public returns what a caller gets to see of an error: a status that the
// handler made as it is, and of all others a code and the trace to ask for, for
// their texts are made for the inside.
func public(ctx context.Context, err error) error {
	var own interface{ GRPCStatus() *status.Status }
	var call *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &call):
		return status.Error(call.toCaller(), "a dependency did not answer"+inTrace(ctx))
	case errors.As(err, &own):
		return own.GRPCStatus().Err()
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "not done in time")
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "canceled")
	default:
		return status.Error(codes.Internal, "internal error"+inTrace(ctx))
	}
}

func inTrace(ctx context.Context) string {
	if sc := trace.SpanContextFromContext(ctx); sc.HasTraceID() {
		return ", trace " + sc.TraceID().String()
	}
	return ""
}

// isFault reports whether a code tells of a fault of the server, by
// OpenTelemetry's conventions for spans of gRPC servers. Unimplemented is left
// out of theirs: anyone can ask for what there is not.
func isFault(code codes.Code) bool {
	switch code {
	case codes.Unknown, codes.DeadlineExceeded, codes.Internal, codes.Unavailable, codes.DataLoss:
		return true
	default:
		return code > codes.Unauthenticated
	}
}
