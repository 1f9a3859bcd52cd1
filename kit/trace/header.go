package trace

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// The headers' names as net/http keeps them.
const (
	parentHeader = "Traceparent"
	stateHeader  = "Tracestate"
)

// Extract returns the span context that h's traceparent and tracestate carry.
// It reports false, and the caller starts a new trace, when there is no
// traceparent, more than one, or one that [Parse] refuses. A tracestate that
// is malformed is dropped, and the traceparent is still good.
func Extract(h http.Header) (trace.SpanContext, bool) {
	values := h[parentHeader]
	if len(values) != 1 {
		return trace.SpanContext{}, false
	}
	sc, ok := Parse(values[0])
	if !ok {
		if sc, ok = Parse(strings.Trim(values[0], " \t")); !ok { // net/http has trimmed it
			return trace.SpanContext{}, false
		}
	}
	switch state := h[stateHeader]; len(state) {
	case 0:
	case 1:
		sc = sc.WithTraceState(parseState(state[0]))
	default: // RFC 9110: the lines of a list are one list
		sc = sc.WithTraceState(parseState(strings.Join(state, ",")))
	}
	return sc, true
}

// Inject writes sc to h as traceparent and tracestate, in place of what h had.
// sc is the span that makes the call: give it an id of its own before, through
// the SDK or [NewChild]. An sc that is not valid leaves h as it is.
func Inject(sc trace.SpanContext, h http.Header) {
	if !sc.IsValid() {
		return
	}
	h[parentHeader] = []string{Format(sc)}
	if state := formatState(sc.TraceState()); state != "" {
		h[stateHeader] = []string{state}
	} else {
		delete(h, stateHeader)
	}
}
