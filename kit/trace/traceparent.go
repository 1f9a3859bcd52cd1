package trace

import "go.opentelemetry.io/otel/trace"

// Positions within a traceparent of version 00,
// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": version, trace
// id, parent id and flags, W3C Trace Context level 2, section 3.2.
const (
	traceAt  = 3
	parentAt = 36
	flagsAt  = 53
	size     = 55
)

// known are the flags that level 2 defines. All others are ignored when they
// come in and zero when they go out.
const known = trace.FlagsSampled | trace.FlagsRandom

// Parse reads the value of a traceparent header as W3C Trace Context level 2
// states it: exactly 55 characters of lower-case hexadecimal digits and
// dashes, no id of zeros, not version ff. Of a version above 00 the first 55
// characters are read, and what follows them must begin with a dash.
// The context returned is remote. Parse allocates nothing, whatever the input.
func Parse(traceparent string) (trace.SpanContext, bool) {
	s := traceparent
	if len(s) < size || s[traceAt-1] != '-' || s[parentAt-1] != '-' || s[flagsAt-1] != '-' {
		return trace.SpanContext{}, false
	}
	var version, flags [1]byte
	var c trace.SpanContextConfig
	ok := unhex(version[:], s) && unhex(c.TraceID[:], s[traceAt:]) &&
		unhex(c.SpanID[:], s[parentAt:]) && unhex(flags[:], s[flagsAt:])
	if !ok || !c.TraceID.IsValid() || !c.SpanID.IsValid() || !fits(version[0], s) {
		return trace.SpanContext{}, false
	}
	c.TraceFlags = trace.TraceFlags(flags[0]) & known
	if version[0] > 0 {
		c.TraceFlags &= trace.FlagsSampled // all that a later version promises to keep
	}
	c.Remote = true
	return trace.NewSpanContext(c), true
}

// fits reports whether a version may have the length of s.
func fits(version byte, s string) bool {
	switch version {
	case 0xff:
		return false
	case 0:
		return len(s) == size
	}
	return len(s) == size || s[size] == '-'
}

// unhex fills dst from the lower-case digits at the start of s, which is long
// enough.
func unhex(dst []byte, s string) bool {
	bad := byte(0)
	for i := range dst {
		high, low := nibbles[s[2*i]], nibbles[s[2*i+1]]
		bad |= high | low
		dst[i] = high<<4 | low&0xf
	}
	return bad <= 0xf
}

// nibbles holds the value of each lower-case hexadecimal digit, and 0xff for
// all that is none.
var nibbles = func() (values [256]byte) {
	for i := range values {
		values[i] = 0xff
	}
	for i := range digits {
		values[digits[i]] = byte(i)
	}
	return values
}()

const digits = "0123456789abcdef"

// Format returns the traceparent header's value for sc, in version 00, and ""
// when sc is not valid. Only the flags that level 2 defines, sampled and
// random, go out.
func Format(sc trace.SpanContext) string {
	if !sc.IsValid() {
		return ""
	}
	var room [size]byte
	return string(Append(room[:0], sc))
}

// Append appends to dst what [Format] returns, without an allocation when dst
// has room for 55 bytes.
func Append(dst []byte, sc trace.SpanContext) []byte {
	if !sc.IsValid() {
		return dst
	}
	traceID, spanID := sc.TraceID(), sc.SpanID()
	dst = append(dst, '0', '0', '-')
	dst = appendHex(dst, traceID[:])
	dst = append(dst, '-')
	dst = appendHex(dst, spanID[:])
	return append(dst, '-', '0', digits[sc.TraceFlags()&known])
}

func appendHex(dst, src []byte) []byte {
	for _, b := range src {
		dst = append(dst, digits[b>>4], digits[b&0xf])
	}
	return dst
}
