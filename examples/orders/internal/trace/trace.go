// Package trace carries the W3C trace context of a request through the
// service and on to whatever it calls.
package trace

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// Header is the name of the HTTP header that carries a span.
const Header = "Traceparent"

// Span is one unit of work within a trace.
type Span struct {
	trace [16]byte
	id    [8]byte
	flags byte
}

// New starts a trace of its own. It is sampled.
func New() Span {
	var s Span
	mustRead(s.trace[:])
	s.flags = 1
	return s.Child()
}

// Child returns a new span of the same trace.
func (s Span) Child() Span {
	mustRead(s.id[:])
	return s
}

// mustRead fills b. Since Go 1.24 crypto/rand.Read never returns an error: a
// machine without randomness ends the process.
func mustRead(b []byte) { _, _ = rand.Read(b) }

// TraceID returns the trace's id in hexadecimal.
func (s Span) TraceID() string { return hex.EncodeToString(s.trace[:]) }

// SpanID returns the span's id in hexadecimal.
func (s Span) SpanID() string { return hex.EncodeToString(s.id[:]) }

// Traceparent formats s as the value of the [Header].
func (s Span) Traceparent() string {
	return fmt.Sprintf("00-%s-%s-%02x", s.TraceID(), s.SpanID(), s.flags)
}

// Continue returns a child of the span in the header's values, or the first
// span of a new trace when they are absent, several or malformed.
func Continue(values []string) Span {
	if len(values) != 1 {
		return New()
	}
	if parent, ok := Parse(values[0]); ok {
		return parent.Child()
	}
	return New()
}

// Parse reads a traceparent as https://www.w3.org/TR/trace-context/ has it:
// lower-case hexadecimal, no id of zeros only, no version ff; what a later
// version appends is ignored.
func Parse(value string) (Span, bool) {
	parts := strings.SplitN(value, "-", 5)
	if len(parts) < 4 || parts[0] == "ff" || (parts[0] == "00" && len(parts) != 4) {
		return Span{}, false
	}
	var s Span
	var version, flags [1]byte
	ok := decode(version[:], parts[0]) && decode(s.trace[:], parts[1]) &&
		decode(s.id[:], parts[2]) && decode(flags[:], parts[3])
	s.flags = flags[0] & 1
	return s, ok && s.trace != [16]byte{} && s.id != [8]byte{}
}

func decode(into []byte, text string) bool {
	if len(text) != 2*len(into) || strings.ToLower(text) != text {
		return false
	}
	_, err := hex.Decode(into, []byte(text))
	return err == nil
}

type key struct{}

// With returns a context in which the work of s is done.
func With(ctx context.Context, s Span) context.Context {
	return context.WithValue(ctx, key{}, s)
}

// From returns the span whose work is done in ctx.
func From(ctx context.Context) (Span, bool) {
	s, ok := ctx.Value(key{}).(Span)
	return s, ok
}
