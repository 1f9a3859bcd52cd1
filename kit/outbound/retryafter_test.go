package outbound

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second,
		"Sat, 21 Nov 2026 06:00:30 GMT":    30 * time.Second,
		"Saturday, 21-Nov-26 06:00:30 GMT": 30 * time.Second,
		"Sat Nov 21 06:00:30 2026":         30 * time.Second,
		"Sat, 21 Nov 2026 05:00:00 GMT":    0,
		"18446744073709551617":             farOff,
	} {
		if got, ok := retryAfter(http.Header{"Retry-After": {value}}, now); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "-1", "+1", "1.5", "1s", "0x10", "tomorrow", "١"} {
		if got, ok := retryAfter(http.Header{"Retry-After": {value}}, now); ok {
			t.Errorf("%q was read as %v", value, got)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "120", "-1", "99999999999999999999", "Sat, 21 Nov 2026 06:00:30 GMT", "Sat, 21 Nov 0000 06:00:30 GMT", "1e9", "\x00"} {
		f.Add(seed, "Sat, 21 Nov 2026 06:00:00 GMT")
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		got, ok := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Now())
		if got < 0 || (!ok && got != 0) {
			t.Errorf("%q by %q: %v, %v", value, date, got, ok)
		}
	})
}
