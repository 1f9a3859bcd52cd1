package outbound_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// Twenty chains of attempts at once: their waits differ, as the statistic of golive's own drill wants it, and grow.
func TestWaitsAreJitteredAndExponential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chains, attempts = 20, 5
		var mu sync.Mutex
		arrivals := map[string][]time.Time{}
		client, _ := newClient(t, outbound.Config{
			Timeout: 5 * time.Minute, Attempts: attempts,
			Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				mu.Lock()
				defer mu.Unlock()
				id := req.URL.Path
				arrivals[id] = append(arrivals[id], time.Now())
				return answer(req, 503, ""), nil
			}),
		})
		var all sync.WaitGroup
		for i := range chains {
			all.Go(func() {
				resp, err := client.Get(fmt.Sprintf("http://payments.test/%d", i))
				failure(t, resp, err)
			})
		}
		all.Wait()

		var spreads, medians []float64
		for step := 2; step < attempts; step++ { // the first wait is ignored, as in the drill
			var waits []float64
			for _, at := range arrivals {
				if len(at) != attempts {
					t.Fatalf("a chain of %d attempts, want %d", len(at), attempts)
				}
				if wait := at[step].Sub(at[step-1]); wait >= 100*time.Millisecond {
					waits = append(waits, wait.Seconds())
				}
			}
			slices.Sort(waits)
			n := len(waits)
			median := waits[n/2]
			spreads = append(spreads, (waits[n*3/4]-waits[n/4])/median)
			medians = append(medians, median)
		}
		slices.Sort(spreads)
		if spread := spreads[len(spreads)/2]; spread <= 0.06 {
			t.Errorf("the waits are in lock-step: IQR/median %.3f", spread)
		}
		if growth := math.Pow(medians[len(medians)-1]/medians[0], 1/float64(len(medians)-1)); growth < 1.2 {
			t.Errorf("the waits grow by %.2f a step: %v", growth, medians)
		}
	})
}

// The dependency is down and the breaker off: the budget alone keeps the load down.
func TestRetriesDoNotMultiplyAnOutage(t *testing.T) {
	for _, c := range []struct {
		name    string
		breaker outbound.Breaker
		most    float64
	}{
		{"by the budget alone", outbound.Breaker{Off: true}, 1.1},
		{"with the breaker", outbound.Breaker{}, 0.2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const requests, workers, minimum = 4000, 20, 100
				client, told := newClient(t, outbound.Config{
					Timeout: time.Minute, Attempts: 5, Breaker: c.breaker, BudgetMinimum: minimum,
					Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.EOF }),
				})
				var all sync.WaitGroup
				for range workers {
					all.Go(func() {
						for range requests / workers {
							resp, err := client.Get("http://payments.test/")
							failure(t, resp, err)
							time.Sleep(10 * time.Millisecond)
						}
					})
				}
				all.Wait()
				sent := told.value("http_client_attempts_total")
				if factor := (sent - minimum) / requests; factor > c.most {
					t.Errorf("%v attempts for %d requests: factor %.2f, want %.2f at most", sent, requests, factor, c.most)
				}
				if c.breaker.Off && told.value("http_client_retries_denied_total") == 0 {
					t.Error("no retry was denied: the budget was never hit")
				}
			})
		})
	}
}

func TestOnlyWhatMayBeRepeatedIs(t *testing.T) {
	for _, c := range []struct {
		method, key string
		body        io.Reader
		attempts    int
	}{
		{http.MethodGet, "", nil, 3},
		{http.MethodHead, "", nil, 3},
		{http.MethodOptions, "", nil, 3},
		{http.MethodTrace, "", nil, 3},
		{http.MethodPut, "", strings.NewReader("{}"), 3},
		{http.MethodDelete, "", nil, 3},
		{http.MethodPost, "", strings.NewReader("{}"), 1},
		{http.MethodPatch, "", strings.NewReader("{}"), 1},
		{http.MethodPost, "k-1", strings.NewReader("{}"), 3},
		{http.MethodPut, "", io.MultiReader(strings.NewReader("{}")), 1}, // cannot be read twice
	} {
		t.Run(fmt.Sprintf("%s key=%q %T", c.method, c.key, c.body), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var bodies []string
				client, _ := newClient(t, outbound.Config{Attempts: 3,
					Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
						if got := req.Header.Get("Idempotency-Key"); got != c.key {
							t.Errorf("key %q", got)
						}
						var sent []byte
						if req.Body != nil {
							sent, _ = io.ReadAll(req.Body)
						}
						bodies = append(bodies, string(sent))
						return answer(req, 502, ""), nil
					})})
				req, err := http.NewRequest(c.method, "http://payments.test/", c.body)
				if err != nil {
					t.Fatal(err)
				}
				if c.key != "" {
					req.Header.Set("Idempotency-Key", c.key)
				}
				resp, err := client.Do(req)
				if e := failure(t, resp, err); e.Attempt != c.attempts || e.Attempts != c.attempts {
					t.Errorf("attempt %d/%d, want %d", e.Attempt, e.Attempts, c.attempts)
				}
				if len(bodies) != c.attempts {
					t.Errorf("sent %d times, want %d", len(bodies), c.attempts)
				}
				for _, sent := range bodies {
					if (c.body != nil) != (sent == "{}") {
						t.Errorf("sent the body %q", sent)
					}
				}
			})
		})
	}
}

func TestWhichAnswersAreTriedAgain(t *testing.T) {
	for status, attempts := range map[int]int{
		200: 1, 204: 1, 304: 1, 400: 1, 404: 1, 409: 1, 429: 3, 500: 1, 501: 1, 502: 3, 503: 3, 504: 3,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, told := newClient(t, outbound.Config{Attempts: 3,
					Transport: roundTripper(func(req *http.Request) (*http.Response, error) { return answer(req, status, ""), nil })})
				resp, err := client.Get("http://payments.test/")
				if got := told.value("http_client_attempts_total"); got != float64(attempts) {
					t.Errorf("%v attempts, want %d", got, attempts)
				}
				if status < 500 && status != 429 {
					if err != nil || resp.StatusCode != status {
						t.Errorf("got %v, %v", resp, err)
					}
					return
				}
				e := failure(t, resp, err)
				if e.Status != status || !errors.Is(err, outbound.ErrStatus) {
					t.Errorf("got status %d, cause %v", e.Status, e.Cause)
				}
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for _, c := range []struct {
		name     string
		header   func() []string
		least    time.Duration // waited before the second attempt
		most     time.Duration
		attempts int
		says     string
	}{
		{"seconds", func() []string { return []string{"Retry-After", "3"} }, 3 * time.Second, 4 * time.Second, 2, ""},
		{"a date", func() []string { return []string{"Retry-After", date(5 * time.Second)} }, 4 * time.Second, 6 * time.Second, 2, ""},
		{"a date by a clock that is an hour ahead", func() []string {
			return []string{"Retry-After", date(time.Hour + 4*time.Second), "Date", date(time.Hour)}
		}, 4 * time.Second, 5 * time.Second, 2, ""},
		{"a date that has passed", func() []string { return []string{"Retry-After", date(-time.Hour)} }, 0, time.Second, 2, ""},
		{"nearly the deadline", func() []string { return []string{"Retry-After", "9"} }, 9 * time.Second, 10 * time.Second, 2, ""},
		{"beyond the deadline", func() []string { return []string{"Retry-After", "120"} }, 0, 0, 1, "the wait would pass the deadline"},
		{"beyond all numbers", func() []string { return []string{"Retry-After", "99999999999999999999"} }, 0, 0, 1, "the wait would pass the deadline"},
		{"negative", func() []string { return []string{"Retry-After", "-5"} }, 0, time.Second, 2, ""},
		{"nonsense", func() []string { return []string{"Retry-After", "soon"} }, 0, time.Second, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				client, _ := newClient(t, outbound.Config{Timeout: 10 * time.Second, Attempts: 2,
					Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
						at = append(at, time.Now())
						return answer(req, 503, "", c.header()...), nil
					})})
				start := time.Now()
				resp, err := client.Get("http://payments.test/")
				e := failure(t, resp, err)
				if len(at) != c.attempts {
					t.Fatalf("%d attempts, want %d: %v", len(at), c.attempts, e)
				}
				if c.attempts == 2 {
					if wait := at[1].Sub(at[0]); wait < c.least || wait > c.most {
						t.Errorf("waited %v, want %v to %v", wait, c.least, c.most)
					}
				} else if time.Since(start) > 0 {
					t.Error("gave up late")
				}
				if !strings.Contains(e.Error(), c.says) {
					t.Errorf("%q lacks %q", e, c.says)
				}
			})
		})
	}
}

func TestNoAttemptFollowsTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, told := newClient(t, outbound.Config{Timeout: time.Minute, Try: time.Second, Attempts: 10,
			Backoff:   outbound.Backoff{Base: time.Millisecond, Cap: time.Millisecond},
			Transport: roundTripper(silent)})
		ctx, cancel := timeoutOf(t, 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		resp, err := client.Do(request(t, ctx, http.MethodGet, "http://payments.test/"))
		e := failure(t, resp, err)
		if took := time.Since(start); took != 2500*time.Millisecond {
			t.Errorf("ended after %v", took)
		}
		if e.Attempt != 3 || told.value("http_client_attempts_total") != 3 {
			t.Errorf("got %v", e)
		}
		if left := 500 * time.Millisecond; e.Timeout > left || e.Timeout < left-2*time.Millisecond { // but for two waits
			t.Errorf("the third attempt had %v: %v", e.Timeout, e)
		}
	})
}

// silent is a transport whose peer never answers.
func silent(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}
