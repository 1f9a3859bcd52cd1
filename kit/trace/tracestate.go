package trace

import (
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// Limits of a tracestate. 32 entries: W3C Trace Context level 2, section
// 3.3.1.1. 512 characters are what every party should carry, section 3.3.1.5;
// beyond them entries of more than 128 characters go first, then the oldest.
const (
	maxEntries = 32
	maxState   = 512
	largeEntry = 128
)

// parseState reads a tracestate, and returns an empty one when it is
// malformed: what cannot be parsed must be passed on by nobody. Of two entries
// with one key the first, which is the newest, is kept.
func parseState(header string) trace.TraceState {
	if len(header) > 16*maxState { // no list of 32 that is worth the reading
		return trace.TraceState{}
	}
	var entries []string
	seen := 0
	for entry := range strings.SplitSeq(header, ",") {
		entry = strings.Trim(entry, " \t")
		if entry == "" {
			continue // section 3.3.1.2 allows empty members
		}
		if seen++; !validEntry(entry) || seen > maxEntries {
			return trace.TraceState{}
		}
		if holdable(entry) && !hasKey(entries, entry) {
			entries = append(entries, entry)
		}
	}
	state, err := trace.ParseTraceState(strings.Join(bound(entries), ","))
	if err != nil {
		return trace.TraceState{}
	}
	return state
}

// formatState returns the header's value of a state, which may have grown
// since it was parsed.
func formatState(state trace.TraceState) string {
	if state.Len() == 0 {
		return ""
	}
	text := state.String()
	if len(text) <= maxState {
		return text
	}
	return strings.Join(bound(strings.Split(text, ",")), ",")
}

// bound drops whole entries, as section 3.3.1.5 ranks them, until the rest
// fits.
func bound(entries []string) []string {
	length := len(entries) - 1
	for _, e := range entries {
		length += len(e)
	}
	for i := len(entries) - 1; i >= 0 && length > maxState; i-- {
		if len(entries[i]) > largeEntry {
			length -= len(entries[i]) + 1
			entries = append(entries[:i], entries[i+1:]...)
		}
	}
	for length > maxState {
		last := len(entries) - 1
		length -= len(entries[last]) + 1
		entries = entries[:last]
	}
	return entries
}

func hasKey(entries []string, entry string) bool {
	key, _, _ := strings.Cut(entry, "=")
	for _, e := range entries {
		if k, _, _ := strings.Cut(e, "="); k == key {
			return true
		}
	}
	return false
}

// validEntry reports whether an entry is key=value by level 2's grammar.
func validEntry(entry string) bool {
	key, value, ok := strings.Cut(entry, "=")
	if !ok || key == "" || len(key) > 256 || value == "" || len(value) > 256 || !lowerOrDigit(key[0]) {
		return false
	}
	for i := range len(key) {
		if !lowerOrDigit(key[i]) && !strings.Contains("_-*/@", key[i:i+1]) {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == ',' || c == '=' {
			return false
		}
	}
	return true
}

// holdable reports whether OpenTelemetry's type, which follows level 1, takes
// an entry that is valid by level 2: there a key that begins with a digit, or
// has more than one @, is none.
func holdable(entry string) bool {
	_, err := trace.ParseTraceState(entry)
	return err == nil
}

func lowerOrDigit(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
