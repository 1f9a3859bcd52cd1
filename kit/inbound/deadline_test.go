package inbound_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
)

// left serves a request with the header and returns how much time its handler
// has, and whether it was asked at all.
func left(t testing.TB, values ...string) (time.Duration, int) {
	t.Helper()
	r := newRig(t, func(o *inbound.Options) { o.Timeout = time.Hour })
	var d time.Duration
	r.HandleFunc("GET /", func(_ http.ResponseWriter, req *http.Request) {
		if at, ok := req.Context().Deadline(); ok {
			d = time.Until(at)
		}
	})
	req := request("")
	req.URL.Path = "/"
	req.Header[inbound.RequestTimeout] = values
	w := &sink{header: http.Header{}, status: 200}
	r.ServeHTTP(w, req)
	return d, w.status
}

// near reports whether a deadline is the one asked for, but for the time that
// the test itself took.
func near(got, want time.Duration) bool { return got <= want && got > want-time.Minute }

func TestACallerMayShortenTheDeadline(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"1800s": 30 * time.Minute, "30m": 30 * time.Minute, "1800000ms": 30 * time.Minute,
		"999999999us": 999999999 * time.Microsecond, "999999999ns": 999999999,
	} {
		if got, status := left(t, value); status != 200 || !near(got, want) {
			t.Errorf("%s: %s left, %d", value, got, status)
		}
	}
}

func TestACallerMayNotLengthenTheDeadline(t *testing.T) {
	for _, value := range []string{"61m", "999999999s", "200000000m", "999999999m"} {
		if got, status := left(t, value); status != 200 || !near(got, time.Hour) {
			t.Errorf("%s: %s left, %d", value, got, status)
		}
	}
}

func TestAMalformedTimeoutIsIgnored(t *testing.T) {
	for _, value := range []string{
		"", "s", "ms", "-1s", "+1s", "1", "1.5s", "1h", "1e3ms", " 1s", "1s ", "0x10s", "1_000ms", "1 s", "1000000000s", "٣s", strings.Repeat("9", 4000) + "s", "1s1s", "NaNs",
	} {
		if got, status := left(t, value); status != 200 || !near(got, time.Hour) {
			t.Errorf("%.20q: %s left, %d", value, got, status)
		}
	}
	if got, _ := left(t, "1s", "2s"); !near(got, time.Hour) {
		t.Errorf("two values: %s", got)
	}
}

func TestWhoHasNoTimeLeftIsNotServed(t *testing.T) {
	for _, value := range []string{"0s", "0ms", "000m"} {
		if _, status := left(t, value); status != 504 {
			t.Errorf("%s: %d", value, status)
		}
	}
}

func TestACallersTimeoutHoldsForStreamsToo(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(_ http.ResponseWriter, req *http.Request) {
		if at, ok := req.Context().Deadline(); !ok || time.Until(at) > time.Minute {
			t.Errorf("%s %v", at, ok)
		}
	}, inbound.Timeout(0))
	r.ask("GET", "/", inbound.RequestTimeout, "1m")
}

func FuzzRequestTimeout(f *testing.F) {
	for _, seed := range []string{"800ms", "1s", "0s", "", "9m", "-1s", "1.5s", "999999999us", "18446744073709551615s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, status := left(t, value)
		if got > time.Hour || status != 200 && status != 504 {
			t.Errorf("%q: %s left, %d", value, got, status)
		}
		d, err := time.ParseDuration(value) // which takes all that is taken here
		_, plain := strconv.ParseUint(strings.TrimRight(value, "nums"), 10, 64)
		if (err != nil || plain != nil) && status != 200 {
			t.Errorf("%q means nothing and was taken: %d", value, status)
		}
		if err == nil && status == 504 && d > time.Minute {
			t.Errorf("%q was no time at all", value)
		}
	})
}

func TestWhatComesAfterTheDeadlineOfAnOuterHandlerIsNotServed(t *testing.T) {
	for name, timeout := range map[string]time.Duration{"of its own": time.Minute, "none of its own": 0} {
		r := newRig(t, nil)
		r.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) { t.Error("the handler was asked") }, inbound.Timeout(timeout))
		ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		cancel()
		if w.Code != 504 || r.completed()["refused"] != "deadline" {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
