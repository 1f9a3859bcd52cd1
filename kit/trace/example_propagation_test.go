package trace_test

import (
	"fmt"
	"net/http"

	"github.com/golive-dev/golive/kit/trace"
)

// A service reads the caller's trace, and passes it on under an id of its own.
// Without a trace to go on with it begins one.
func ExampleExtract() {
	in := http.Header{"Traceparent": {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}
	caller, ok := trace.Extract(in)
	if !ok {
		caller = trace.NewRoot(false)
	}
	call := trace.NewChild(caller)

	out := http.Header{}
	trace.Inject(call, out)
	sent, _ := trace.Extract(out)
	fmt.Println("same trace:", sent.TraceID() == caller.TraceID())
	fmt.Println("own span:", sent.SpanID() != caller.SpanID())
	fmt.Println("sampled:", sent.IsSampled())
	// Output:
	// same trace: true
	// own span: true
	// sampled: true
}
