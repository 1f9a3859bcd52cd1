package rpc

import (
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// define registers a service as generated code does, with a method per level.
func define(t *testing.T) {
	t.Helper()
	method := func(name string, level *descriptorpb.MethodOptions_IdempotencyLevel) *descriptorpb.MethodDescriptorProto {
		m := &descriptorpb.MethodDescriptorProto{
			Name: proto.String(name), InputType: proto.String(".google.protobuf.Empty"), OutputType: proto.String(".google.protobuf.Empty"),
		}
		if level != nil {
			m.Options = &descriptorpb.MethodOptions{IdempotencyLevel: level}
		}
		return m
	}
	const path = "levels.proto"
	if _, err := protoregistry.GlobalFiles.FindFileByPath(path); err == nil {
		return // the test runs again
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String(path), Package: proto.String("levels"), Syntax: proto.String("proto3"),
		Dependency: []string{emptypb.File_google_protobuf_empty_proto.Path()},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("Stock"),
			Method: []*descriptorpb.MethodDescriptorProto{
				method("Read", descriptorpb.MethodOptions_NO_SIDE_EFFECTS.Enum()),
				method("Put", descriptorpb.MethodOptions_IDEMPOTENT.Enum()),
				method("Take", nil),
			},
		}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	if err := protoregistry.GlobalFiles.RegisterFile(file); err != nil {
		t.Fatal(err)
	}
}

func TestTheDefinitionSaysWhatMayBeRepeated(t *testing.T) {
	define(t)
	c := newClient(Config{Tracer: newSeen().traces, Idempotent: []string{"/levels.Stock/Take2"}}, nil)
	for method, want := range map[string]bool{
		"/levels.Stock/Read":  true,
		"/levels.Stock/Put":   true,
		"/levels.Stock/Take":  false,
		"/levels.Stock/Take2": true, // told so by hand
		"/levels.Stock":       false,
		"/no.Such/Method":     false,
		"":                    false,
	} {
		for range 2 { // the second time from memory
			if got := c.mayRepeat(method, nil); got != want {
				t.Errorf("%q may be repeated: %v, want %v", method, got, want)
			}
		}
	}
	if !c.mayRepeat("/levels.Stock/Take", []grpc.CallOption{grpc.WaitForReady(true), Retry()}) {
		t.Error("a marked call may not be repeated")
	}
	if level("/levels.Stock/Put") == descriptorpb.MethodOptions_NO_SIDE_EFFECTS {
		t.Error("a write is taken for a read")
	}
}
