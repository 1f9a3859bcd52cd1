package main

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
)

// span is a W3C trace context: ids in hexadecimal.
type span struct{ trace, id string }

func newSpan() span { return span{randomHex(16), randomHex(8)} }

func (s span) child() span { return span{s.trace, randomHex(8)} }

func (s span) traceparent() string { return "00-" + s.trace + "-" + s.id + "-01" }

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, since Go 1.24
	return hex.EncodeToString(b)
}

var (
	traceparents = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)
	onlyZeros    = regexp.MustCompile(`^0+$`)
)

// incoming returns the span of the header's value; ok is false when it holds
// none.
func incoming(traceparent string) (s span, ok bool) {
	m := traceparents.FindStringSubmatch(traceparent)
	if m == nil || onlyZeros.MatchString(m[1]) || onlyZeros.MatchString(m[2]) {
		return span{}, false
	}
	return span{m[1], m[2]}, true
}
