package outbound_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

func TestRedirectsShareDeadlineAndAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, told := newClient(t, outbound.Config{Timeout: 10 * time.Second, Try: 4 * time.Second, Attempts: 3,
			Backoff: outbound.Backoff{Base: 1, Cap: 1},
			Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.URL.Path == "/old" {
					time.Sleep(3 * time.Second)
					return answer(req, 307, "", "Location", "/new"), nil
				}
				return silent(req)
			})})
		start := time.Now()
		resp, err := client.Get("http://payments.test/old")
		e := failure(t, resp, err)
		if took := time.Since(start).Round(time.Millisecond); took != 10*time.Second {
			t.Errorf("ended after %v, want 10s with the redirect", took)
		}
		// 3 s for the redirect, then 4 s and the 3 s that are left.
		if !errors.Is(err, context.DeadlineExceeded) || told.value("http_client_attempts_total") < 3 || told.value("http_client_retries_total") > 2 {
			t.Errorf("%v attempts, %v retries: %v", told.value("http_client_attempts_total"), told.value("http_client_retries_total"), e)
		}
	})
}

func TestRetriesAreCountedAcrossRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := map[string]int{}
		client, _ := newClient(t, outbound.Config{Attempts: 3, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			sent[req.URL.Path]++
			if req.URL.Path == "/old" && sent["/old"] == 2 {
				return answer(req, 302, "", "Location", "/new"), nil
			}
			return answer(req, 503, ""), nil
		})})
		resp, err := client.Get("http://payments.test/old")
		e := failure(t, resp, err)
		if sent["/old"] != 2 || sent["/new"] != 2 || e.Attempt != 3 || e.Attempts != 3 {
			t.Errorf("sent %v, attempt %d/%d: want two retries in all", sent, e.Attempt, e.Attempts)
		}
	})
}

func TestARedirectToAnotherOriginCarriesNoCredentials(t *testing.T) {
	for _, c := range []struct {
		name, to string
		keeps    bool
	}{
		{"same origin", "http://payments.test/new", true},
		{"same origin, port spelled out", "http://payments.test:80/new", true},
		{"another port", "http://payments.test:8080/new", false},
		{"a sub-domain", "http://eu.payments.test/new", false},
		{"another host", "http://evil.test/new", false},
		{"to TLS", "https://payments.test/new", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var last *http.Request
			client, _ := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				last = req
				if req.URL.Path == "/old" {
					return answer(req, 302, "", "Location", c.to), nil
				}
				return answer(req, 200, "ok"), nil
			})})
			req := request(t, t.Context(), http.MethodGet, "http://payments.test/old?card=4111")
			secrets := []string{"Authorization", "Cookie", "X-Api-Key", "Idempotency-Key", "X-Tenant"}
			for _, name := range append(secrets, "Accept") {
				req.Header.Set(name, "value")
			}
			resp, err := client.Do(req)
			if err != nil || body(t, resp) != "ok" {
				t.Fatal(resp, err)
			}
			for _, name := range secrets {
				if got := last.Header.Get(name) != ""; got != c.keeps {
					t.Errorf("%s was sent: %v, want %v", name, got, c.keeps)
				}
			}
			if !c.keeps && strings.Contains(last.Header.Get("Referer"), "4111") {
				t.Error("the query went along as Referer")
			}
			if last.Header.Get("Accept") == "" || last.Header.Get("Traceparent") == "" {
				t.Error("harmless headers were lost")
			}
		})
	}
}

func TestRedirectsThatAreNotFollowedAreTheAnswer(t *testing.T) {
	for _, c := range []struct{ name, method, from, to string }{
		{"from TLS to plain text", http.MethodGet, "https://payments.test/old", "http://payments.test/new"},
		{"a body to another origin", http.MethodPost, "http://payments.test/old", "http://evil.test/new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, told := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.URL.String() != c.from {
					t.Errorf("followed to %s", req.URL)
				}
				return answer(req, 307, "moved", "Location", c.to), nil
			})})
			req, err := http.NewRequest(c.method, c.from, strings.NewReader("4111"))
			if c.method == http.MethodGet {
				req, err = http.NewRequest(c.method, c.from, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil || resp.StatusCode != 307 || body(t, resp) != "moved" {
				t.Errorf("%v, %v", resp, err)
			}
			if line := told.only("call.completed"); line["status"] != 307.0 {
				t.Errorf("got %v", line)
			}
		})
	}
}

// loop is a dependency that sends every request on, for ever, and counts them.
func loop(status int, sent *int) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		*sent++
		return answer(req, status, "moved", "Location", "/again"), nil
	}
}

func TestARedirectLoopIsOneFailedCall(t *testing.T) {
	sent := 0
	client, told := newClient(t, outbound.Config{Attempts: 3, Transport: loop(302, &sent)})
	resp, err := client.Get("http://payments.test/old?card=4111")
	e := failure(t, resp, err)
	if !errors.Is(err, outbound.ErrRedirects) || e.Status != 302 || !strings.Contains(e.Error(), "payments (payments.test:80): redirected more than 5 times") {
		t.Errorf("got %v", e)
	}
	if sent != 6 {
		t.Errorf("sent %d times, want 1 and 5 redirects", sent)
	}
	if line := told.only("call.failed"); line["level"] != "error" || line["status"] != 302.0 {
		t.Errorf("got %v", line)
	}
	if completed, redirected := told.lines("call.completed"), told.lines("call.redirected"); len(completed) != 0 || len(redirected) != 5 || redirected[0]["level"] != "debug" {
		t.Errorf("%d lines of call.completed, want none; call.redirected: %v", len(completed), redirected)
	}
	for outcome, want := range map[string]float64{"failed": 1, "answered": 0} {
		if got := told.value("http_client_request_duration_seconds", "outcome", outcome); got != want {
			t.Errorf("%v calls counted as %s, want %v", got, outcome, want)
		}
	}
	if got := told.value("http_client_requests_in_flight"); got != 0 {
		t.Errorf("%v in flight, want none", got)
	}
}

func TestARedirectLoopGivesTheFallback(t *testing.T) {
	for name, ctx := range map[string]func(context.Context) context.Context{
		"buffered": func(ctx context.Context) context.Context { return ctx },
		"stream":   outbound.Stream,
	} {
		t.Run(name, func(t *testing.T) {
			sent := 0
			client, told := newClient(t, outbound.Config{Transport: loop(307, &sent), Fallback: outbound.Degraded(200, "", "later")})
			resp, err := client.Do(request(t, ctx(t.Context()), http.MethodGet, "http://payments.test/"))
			if err != nil {
				t.Fatal(err)
			}
			if kind, ok := outbound.FellBack(resp); !ok || kind != "degraded" || body(t, resp) != "later" {
				t.Errorf("got %d, fallback %q", resp.StatusCode, kind)
			}
			if line := told.only("call.failed"); line["level"] != "warn" || len(told.lines("call.completed")) != 0 {
				t.Errorf("got %s", told.text())
			}
		})
	}
}

// The redirects of a loop are no successes that would outweigh its failure.
func TestRedirectLoopsOpenTheBreaker(t *testing.T) {
	sent := 0
	client, told := newClient(t, outbound.Config{Transport: loop(302, &sent), Breaker: outbound.Breaker{Share: 1, Calls: 3}})
	for range 3 {
		resp, err := client.Get("http://payments.test/")
		failure(t, resp, err)
	}
	if got := told.value("http_client_breaker_state"); got != 2 {
		t.Errorf("after 3 loops the state is %v, want 2 (open)", got)
	}
}

// A probe that is sent on is one still, and its end closes the breaker.
func TestAProbeMayBeRedirected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		client, told := newClient(t, outbound.Config{Breaker: outbound.Breaker{Calls: 1}, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			switch {
			case down:
				return answer(req, 500, ""), nil
			case req.URL.Path == "/old":
				return answer(req, 302, "", "Location", "/new"), nil
			}
			return answer(req, 200, "ok"), nil
		})})
		resp, err := client.Get("http://payments.test/old")
		failure(t, resp, err)
		time.Sleep(6 * time.Second)
		down = false
		if _, got := mustGet(t, client, "http://payments.test/old"); got != "ok" || told.value("http_client_breaker_state") != 0 {
			t.Errorf("got %q, state %v", got, told.value("http_client_breaker_state"))
		}
	})
}

func TestARedirectedCallIsOneLineAndOneObservationOfAllItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, told := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			if req.URL.Path == "/old" {
				return answer(req, 302, "", "Location", "/new"), nil
			}
			return answer(req, 200, "ok"), nil
		})})
		mustGet(t, client, "http://payments.test/old")
		if line := told.only("call.completed"); line["status"] != 200.0 || line["duration_ms"] != 2000.0 || line["attempt"] != 1.0 {
			t.Errorf("got %v", line)
		}
		if line := told.only("call.redirected"); line["level"] != "debug" || line["status"] != 302.0 {
			t.Errorf("got %v", line)
		}
		if got := told.value("http_client_request_duration_seconds", "outcome", "answered"); got != 1 {
			t.Errorf("%v observations, want 1", got)
		}
	})
}

// Whether a redirect is the answer is told only by what becomes of it: it is closed, or lies about till the deadline.
func TestARedirectThatNobodyFollowsIsAnAnswer(t *testing.T) {
	for name, end := range map[string]func(*http.Response){
		"closed":    func(resp *http.Response) { _ = resp.Body.Close() },
		"forgotten": func(*http.Response) { time.Sleep(30 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				client, told := newClient(t, outbound.Config{Timeout: 30 * time.Second, Transport: loop(302, &sent)})
				resp, err := client.Transport.RoundTrip(request(t, t.Context(), http.MethodGet, "http://payments.test/"))
				if err != nil {
					t.Fatal(err)
				}
				end(resp)
				synctest.Wait()
				if line := told.only("call.completed"); line["status"] != 302.0 || line["duration_ms"] != 0.0 || sent != 1 {
					t.Errorf("sent %d: %v", sent, line)
				}
				if told.value("http_client_request_duration_seconds", "outcome", "answered") != 1 || told.value("http_client_requests_in_flight") != 0 {
					t.Error("counted as something else")
				}
			})
		})
	}
}
