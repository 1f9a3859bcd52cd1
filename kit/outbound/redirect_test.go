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
			client, _ := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
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
		})
	}
}

func TestRedirectsEnd(t *testing.T) {
	sent := 0
	client, _ := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		sent++
		return answer(req, 302, "", "Location", "/again"), nil
	})})
	if resp, err := client.Get("http://payments.test/"); err == nil {
		t.Errorf("answered %d", resp.StatusCode)
	}
	if sent != 6 {
		t.Errorf("sent %d times, want 1 and 5 redirects", sent)
	}
}
