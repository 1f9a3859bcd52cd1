package outbound

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// farOff stands for a wait too long to be counted; it fits no deadline.
const farOff = time.Duration(math.MaxInt64)

// retryAfter reads the Retry-After header (RFC 9110, section 10.2.3), in whole seconds or as a date, and
// reports whether there is one. A date is measured against the answer's own Date where it has one, so that
// the two clocks need not agree, and else against now. A date that has passed means at once. What is
// malformed, such as a negative number, counts as absent.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		return seconds(value), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(at.Sub(now), 0), true
}

// seconds turns digits into a duration; a number that no duration can hold is far off.
func seconds(digits string) time.Duration {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > int64(farOff/time.Second) {
		return farOff
	}
	return time.Duration(n) * time.Second
}
