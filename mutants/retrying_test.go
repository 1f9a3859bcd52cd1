package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// asked counts what an upstream is asked that always answers 503.
func asked(t *testing.T, change func(*behaviour), method, retryAfter string) int64 {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(503)
	}))
	defer server.Close()
	b := healthyBehaviour()
	b.again.wait = func(int) time.Duration { return time.Millisecond }
	change(&b)
	if err := b.upstream("inventory", server.URL).call(t.Context(), method, "/", "", nil); err == nil {
		t.Error("503 is no failure")
	}
	return n.Load()
}

func TestWhatIsRepeated(t *testing.T) {
	for _, tc := range []struct {
		method string
		change func(*behaviour)
		want   int64
	}{
		{"GET", func(*behaviour) {}, 3},
		{"POST", func(*behaviour) {}, 1},
		{"POST", func(b *behaviour) { b.again.posts = true }, 3},
		{"GET", func(b *behaviour) { b.again.attempts = 4 }, 4},
	} {
		if got := asked(t, tc.change, tc.method, ""); got != tc.want {
			t.Errorf("%s: %d attempts, want %d", tc.method, got, tc.want)
		}
	}
}

func TestWaitsOfTheHealthyService(t *testing.T) {
	for retry, most := range map[int]time.Duration{1: firstWait, 2: 2 * firstWait} {
		for range 100 {
			if got := equalJitter(retry); got < most/2 || got >= most {
				t.Fatalf("retry %d waits %s", retry, got)
			}
		}
	}
}

func TestRetryAfterAndTheCallerAreHeeded(t *testing.T) {
	for _, after := range []string{"", "2", "soon"} {
		resp := &http.Response{Header: http.Header{"Retry-After": {after}}}
		seconds, _ := strconv.Atoi(after)
		if got := patienceAskedFor(resp); got != time.Duration(seconds)*time.Second {
			t.Errorf("%q: %s", after, got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := healthyRetrying()
		if !r.sleep(t.Context(), time.Hour) {
			t.Error("nobody left")
		}
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		began := time.Now()
		if r.sleep(ctx, time.Hour) || time.Since(began) != time.Minute {
			t.Errorf("it goes on %s after the caller left", time.Since(began)-time.Minute)
		}
	})
}

func TestSavingsEnd(t *testing.T) {
	s := newSavings(healthyRetrying())
	spent := 0
	for range 1000 {
		s.earn()
		for s.spend() {
			spent++
		}
	}
	if most := burst + 100; spent < most-2 || spent > most {
		t.Errorf("%d retries for 1000 calls", spent)
	}
	endless := newSavings(retrying{})
	for range 10 * burst {
		if !endless.spend() {
			t.Fatal("without a budget there is an end")
		}
	}
}

func TestLanesAreShared(t *testing.T) {
	l := newLanes(1)
	err := l.use(t.Context(), func() error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return l.use(ctx, func() error { return nil })
	})
	if err == nil {
		t.Error("two calls had the only lane")
	}
}
