package outbound_test

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

// scripted is a dependency that is well or not.
type scripted struct {
	down atomic.Bool
	sent atomic.Int64
}

func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	s.sent.Add(1)
	if s.down.Load() {
		return answer(req, 503, ""), nil
	}
	return answer(req, 200, "ok"), nil
}

func TestTheBreakerOpensProbesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s scripted
		s.down.Store(true)
		client, told := newClient(t, outbound.Config{Attempts: 2, Transport: &s})
		for range 20 {
			resp, err := client.Get("http://payments.test/")
			failure(t, resp, err)
		}
		if got := told.value("http_client_breaker_state"); got != 2 {
			t.Fatalf("after 20 failures the state is %v, want 2 (open)", got)
		}
		before := s.sent.Load()
		resp, err := client.Get("http://payments.test/")
		if e := failure(t, resp, err); !errors.Is(err, outbound.ErrOpen) || e.Attempt != 0 || s.sent.Load() != before {
			t.Errorf("an open breaker let a call through: %v", e)
		}
		if got := told.value("http_client_request_duration_seconds", "outcome", "refused"); got != 1 {
			t.Errorf("%v calls counted as refused", got)
		}

		time.Sleep(5*time.Second + time.Nanosecond)
		resp, err = client.Get("http://payments.test/")
		if e := failure(t, resp, err); e.Attempt != 1 || s.sent.Load() != before+1 {
			t.Errorf("the probe was sent %d times: %v", s.sent.Load()-before, e)
		}
		resp, err = client.Get("http://payments.test/")
		if failure(t, resp, err); !errors.Is(err, outbound.ErrOpen) {
			t.Errorf("after a failed probe: %v", err)
		}

		s.down.Store(false)
		time.Sleep(5*time.Second + time.Nanosecond)
		for range 3 {
			mustGet(t, client, "http://payments.test/")
		}
		if got := told.value("http_client_breaker_state"); got != 0 {
			t.Errorf("the state is %v, want closed", got)
		}
		var states []any
		for _, line := range told.lines("breaker.changed") {
			states = append(states, line["to"])
		}
		if len(states) != 5 || states[0] != "open" || states[4] != "closed" {
			t.Errorf("the log tells %v", states)
		}
	})
}

func TestAnswersThatAreNoFailuresKeepTheBreakerClosed(t *testing.T) {
	for _, status := range []int{400, 404, 409, 429} {
		synctest.Test(t, func(t *testing.T) {
			client, told := newClient(t, outbound.Config{Breaker: outbound.Breaker{Calls: 5},
				Transport: roundTripper(func(req *http.Request) (*http.Response, error) { return answer(req, status, ""), nil })})
			for range 30 {
				if resp, err := client.Get("http://payments.test/"); err == nil {
					_ = body(t, resp)
				}
			}
			if got := told.value("http_client_breaker_state"); got != 0 {
				t.Errorf("%d: state %v", status, got)
			}
		})
	}
}

// A dependency that answers a probe with 429 or with too much is up again.
func TestAProbeThatIsAnsweredClosesTheBreaker(t *testing.T) {
	for name, probe := range map[string]func(*http.Request) *http.Response{
		"429":       func(req *http.Request) *http.Response { return answer(req, 429, "") },
		"too large": func(req *http.Request) *http.Response { return answer(req, 200, "much more than ten bytes") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := func(req *http.Request) *http.Response { return answer(req, 500, "") }
				client, told := newClient(t, outbound.Config{MaxResponse: 10, Breaker: outbound.Breaker{Calls: 1},
					Transport: roundTripper(func(req *http.Request) (*http.Response, error) { return answers(req), nil })})
				resp, err := client.Get("http://payments.test/")
				failure(t, resp, err)
				time.Sleep(6 * time.Second)
				answers = probe
				resp, err = client.Get("http://payments.test/")
				failure(t, resp, err)
				if got := told.value("http_client_breaker_state"); got != 0 {
					t.Errorf("state %v, want closed", got)
				}
			})
		})
	}
}

func TestTheBulkheadRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, told := newClient(t, outbound.Config{Timeout: time.Second, MaxInFlight: 3, Transport: roundTripper(silent)})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				resp, err := client.Get("http://payments.test/")
				failure(t, resp, err)
			})
		}
		synctest.Wait()
		if got := told.value("http_client_requests_in_flight"); got != 3 {
			t.Errorf("%v in flight, want 3", got)
		}
		start := time.Now()
		resp, err := client.Get("http://payments.test/")
		if failure(t, resp, err); !errors.Is(err, outbound.ErrFull) || time.Since(start) != 0 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		all.Wait()
		if got := told.value("http_client_requests_in_flight"); got != 0 {
			t.Errorf("%v in flight, want none", got)
		}
	})
}

// A transport that panics must not keep its place in the bulkhead, nor the breaker's only probe.
func TestAPanicGivesBackWhatTheCallHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := true
		client, _ := newClient(t, outbound.Config{MaxInFlight: 1, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if panics {
				panic("broken transport")
			}
			return answer(req, 200, "ok"), nil
		})})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = client.Get("http://payments.test/")
		}()
		panics = false
		mustGet(t, client, "http://payments.test/")
	})
}
