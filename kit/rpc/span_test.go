package rpc

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

func TestTheTraceGoesAlongWithAnIDOfItsOwn(t *testing.T) {
	traceID, _ := trace.TraceIDFromHex(callersTrace)
	spanID, _ := trace.SpanIDFromHex(callersSpan)
	for _, flags := range []trace.TraceFlags{0, trace.FlagsSampled} {
		t.Run(fmt.Sprintf("flags %s", flags), func(t *testing.T) {
			s := &script{codes: []codes.Code{codes.Unavailable, codes.OK}}
			client, seen := scripted(t, s, idempotent(2))
			state, _ := trace.ParseTraceState("vendor=value")
			parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: flags, TraceState: state})
			// A service that copied its caller's metadata must not send its caller's span.
			ctx := metadata.AppendToOutgoingContext(trace.ContextWithSpanContext(t.Context(), parent), "traceparent", "copied", "other", "kept")
			if _, err := client.UnaryCall(ctx, payload("")); err != nil {
				t.Fatal(err)
			}
			parents := map[string]bool{}
			for _, head := range s.heads {
				sent := head.Get("traceparent")
				if len(sent) != 1 || !strings.HasPrefix(sent[0], "00-"+callersTrace+"-") || strings.Contains(sent[0], callersSpan) ||
					!strings.HasSuffix(sent[0], "-0"+fmt.Sprint(int(flags))) {
					t.Errorf("sent %q", sent)
				}
				parents[sent[0]] = true
				if head.Get("tracestate")[0] != "vendor=value" || head.Get("other")[0] != "kept" {
					t.Errorf("sent %v", head)
				}
			}
			if len(parents) != 2 {
				t.Errorf("two attempts sent %v, want an id each", parents)
			}
			if want, got := 2*int(flags), len(seen.spans.Ended()); got != want {
				t.Errorf("%d client spans, want %d", got, want)
			}
		})
	}
}
