package trace

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// NewRoot returns the context of the first span of a new trace, its ids drawn
// at random. It carries the random flag, by which level 2 of the standard lets
// others sample by the trace id's last seven bytes, and the sampled flag as
// asked. For a root that the SDK is to record see [NewTrace].
func NewRoot(sampled bool) trace.SpanContext {
	return NewTrace(sampled).WithSpanID(newSpanID())
}

// NewTrace returns a new trace that has no span yet: a trace id and flags.
// The SDK, given it as the parent, starts the root span of that very trace:
//
//	ctx = trace.ContextWithSpanContext(ctx, NewTrace(true)) // OpenTelemetry's package trace
//	ctx, span := tracer.Start(ctx, "request")
//
// So the decision to sample can be taken before the SDK is asked, at no cost
// for what is not sampled.
func NewTrace(sampled bool) trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    newTraceID(),
		TraceFlags: trace.FlagsRandom.WithSampled(sampled),
	})
}

// NewChild returns the context of a new span within sc's trace: the same trace
// id, flags and trace state, and a span id of its own. It is not remote. Of a
// context without a trace id it returns a root that is not sampled.
func NewChild(sc trace.SpanContext) trace.SpanContext {
	if !sc.HasTraceID() {
		return NewRoot(false)
	}
	return sc.WithSpanID(newSpanID()).WithRemote(false)
}

// newTraceID draws from the runtime's ChaCha8, which is seeded by the system,
// costs no lock and cannot be guessed from what it drew before.
func newTraceID() (id trace.TraceID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id
}

func newSpanID() (id trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

// source gives the SDK its ids.
type source struct{}

func (source) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	return newTraceID(), newSpanID()
}

func (source) NewSpanID(context.Context, trace.TraceID) trace.SpanID { return newSpanID() }
