package rpc

import (
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Retry marks one call as idempotent, as a request with an idempotency key is:
//
//	client.Charge(ctx, request, rpc.Retry())
func Retry() grpc.CallOption { return retry{} }

type retry struct{ grpc.EmptyCallOption }

// LongLived opens a stream that Config.Timeout does not end. Give its context
// an end of its own.
func LongLived() grpc.CallOption { return longLived{} }

type longLived struct{ grpc.EmptyCallOption }

// FellBack has kind set to the fallback's if the answer came from one:
//
//	var kind string
//	stock, err := client.Stock(ctx, request, rpc.FellBack(&kind))
func FellBack(kind *string) grpc.CallOption { return fellBack{kind: kind} }

type fellBack struct {
	grpc.EmptyCallOption
	kind *string
}

// find returns the call option of a type.
func find[T grpc.CallOption](opts []grpc.CallOption) (found T, ok bool) {
	for _, o := range opts {
		if found, ok = o.(T); ok {
			return found, true
		}
	}
	return found, false
}

// mayRepeat reports whether a call may be sent twice.
func (c *client) mayRepeat(method string, opts []grpc.CallOption) bool {
	if _, ok := find[retry](opts); ok {
		return true
	}
	safe, known := c.safe.Load(method)
	if !known {
		safe = level(method) != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN
		c.safe.Store(method, safe)
	}
	return safe.(bool)
}

// level returns the idempotency_level that the method's definition states, if
// its generated code is part of the program, as it is of every client.
func level(method string) descriptorpb.MethodOptions_IdempotencyLevel {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN
	}
	options, ok := d.Options().(*descriptorpb.MethodOptions)
	if !ok {
		return descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN
	}
	return options.GetIdempotencyLevel()
}
