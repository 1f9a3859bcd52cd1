package inbound

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RequestTimeout is the header by which a caller says how long it will wait:
// "Request-Timeout: 800ms". It may shorten the time that the route allows, never
// lengthen it. kit/outbound sends what is left of its own caller's time, so that
// nobody in a chain works for an answer that nobody awaits.
const RequestTimeout = "Request-Timeout"

var units = []struct {
	name string
	of   time.Duration
}{{"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", time.Nanosecond}, {"s", time.Second}, {"m", time.Minute}}

// parseTimeout reads a value of [RequestTimeout]: a whole number of at most nine
// digits and one of the units ns, us, ms, s and m. What is malformed is as if it
// were not there, for a limit of our own holds anyway.
func parseTimeout(value string) (time.Duration, bool) {
	for _, u := range units {
		digits, ok := strings.CutSuffix(value, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || len(digits) > 9 {
			return 0, false
		}
		most := uint64(math.MaxInt64 / u.of) // nine digits of minutes are longer than a Duration
		return time.Duration(min(n, most)) * u.of, true
	}
	return 0, false
}

// deadlineOf is when the request has to be done, the zero time if ever.
func deadlineOf(r *http.Request, start time.Time, timeout time.Duration) time.Time {
	if asked := r.Header[RequestTimeout]; len(asked) == 1 {
		if d, ok := parseTimeout(asked[0]); ok && (timeout == 0 || d < timeout) {
			return start.Add(d)
		}
	}
	if timeout == 0 {
		return time.Time{}
	}
	return start.Add(timeout)
}
