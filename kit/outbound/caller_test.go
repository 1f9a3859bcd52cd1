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

func timeoutOf(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func request(t testing.TB, ctx context.Context, method, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// A caller who leaves has no quarrel with the dependency: no fallback, no error line, nothing for the breaker.
func TestACallerWhoLeavesIsNoFailure(t *testing.T) {
	leave := map[string]func(context.CancelFunc, *outbound.Config) http.RoundTripper{
		"while the answer is awaited": func(cancel context.CancelFunc, _ *outbound.Config) http.RoundTripper {
			return roundTripper(func(req *http.Request) (*http.Response, error) {
				cancel()
				return silent(req)
			})
		},
		"between two attempts": func(cancel context.CancelFunc, c *outbound.Config) http.RoundTripper {
			return roundTripper(func(req *http.Request) (*http.Response, error) {
				time.AfterFunc(time.Millisecond, cancel)
				return answer(req, 503, "", "Retry-After", "5"), nil
			})
		},
	}
	for name, transport := range leave {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c := outbound.Config{Attempts: 3, Breaker: outbound.Breaker{Calls: 1}, Fallback: outbound.Degraded(200, "", "never")}
				c.Transport = transport(cancel, &c)
				client, told := newClient(t, c)
				resp, err := client.Do(request(t, ctx, http.MethodGet, "http://payments.test/"))
				e := failure(t, resp, err)
				if !errors.Is(err, context.Canceled) || !strings.Contains(e.Error(), "the caller left after") {
					t.Errorf("got %v", err)
				}
				told.only("call.canceled")
				for _, level := range []string{`"level":"error"`, `"level":"warn"`} {
					if strings.Contains(told.text(), level) {
						t.Errorf("logged with %s:\n%s", level, told.text())
					}
				}
				if told.value("http_client_request_duration_seconds", "outcome", "canceled") != 1 || told.value("http_client_breaker_state") != 0 {
					t.Error("counted as something else")
				}
			})
		})
	}
}

// A caller in a hurry says little about the dependency: only who gave it a fair time counts for the breaker.
func TestACallersShortDeadlineDoesNotOpenTheBreaker(t *testing.T) {
	for _, c := range []struct {
		time time.Duration
		open float64
	}{{300 * time.Millisecond, 0}, {700 * time.Millisecond, 2}} {
		synctest.Test(t, func(t *testing.T) {
			client, told := newClient(t, outbound.Config{Timeout: time.Second, Breaker: outbound.Breaker{Calls: 5}, Transport: roundTripper(silent)})
			for range 5 {
				ctx, cancel := timeoutOf(t, c.time)
				resp, err := client.Do(request(t, ctx, http.MethodGet, "http://payments.test/"))
				failure(t, resp, err)
				cancel()
			}
			if got := told.value("http_client_breaker_state"); got != c.open {
				t.Errorf("after callers with %v: state %v, want %v", c.time, got, c.open)
			}
		})
	}
}

func TestACallerWithoutTimeLeftSendsNothing(t *testing.T) {
	client, told := newClient(t, outbound.Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, errors.New("sent")
	})})
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	resp, err := client.Do(request(t, ctx, http.MethodGet, "http://payments.test/"))
	if e := failure(t, resp, err); !strings.Contains(e.Error(), "no time was left") || told.value("http_client_attempts_total") != 0 {
		t.Errorf("got %v", e)
	}
}
