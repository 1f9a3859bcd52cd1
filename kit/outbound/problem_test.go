package outbound_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
	"github.com/golive-dev/golive/kit/problem"
)

func TestAHandlerMayReturnTheError(t *testing.T) {
	for name, c := range map[string]struct {
		peer  func(*http.Request) (*http.Response, error)
		after time.Duration
	}{
		"answers 500":                {says(500), time.Second},
		"redirects without end":      {loop(302, new(int)), time.Second},
		"asks for 7 s":               {says(503, "Retry-After", "7"), 7 * time.Second},
		"asks for patience with 429": {says(429, "Retry-After", "2"), 2 * time.Second},
		"asks to come at once":       {says(503, "Retry-After", "0"), time.Second},
		"asks for a year":            {says(503, "Retry-After", "31536000"), time.Hour},
		"asks for longer than is":    {says(503, "Retry-After", "99999999999999999999"), time.Hour},
		"hangs":                      {silent, time.Second},
		"is away":                    {func(*http.Request) (*http.Response, error) { return nil, errors.New("away") }, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, _ := newClient(t, outbound.Config{Transport: roundTripper(c.peer)})
				resp, err := client.Get("http://payments.test/")
				failure(t, resp, err)
				if p := problem.From(fmt.Errorf("charging: %w", err)); p.Status != 503 || p.RetryAfter != c.after || p.Detail != "" {
					t.Errorf("%d %q after %v, want 503 after %v", p.Status, p.Detail, p.RetryAfter, c.after)
				}
			})
		})
	}
}

// A call that was not sent is worth trying again soon, too.
func TestARefusalIsAProblemOfTheMoment(t *testing.T) {
	client, _ := newClient(t, outbound.Config{Breaker: outbound.Breaker{Calls: 1}, Transport: roundTripper(says(503, "Retry-After", "7"))})
	for _, want := range []time.Duration{7 * time.Second, time.Second} {
		resp, err := client.Get("http://payments.test/")
		e := failure(t, resp, err)
		if status, after := e.ProblemStatus(); status != 503 || after != want {
			t.Errorf("%v: %d after %v, want 503 after %v", e, status, after, want)
		}
	}
}

// says is a dependency that always answers the same.
func says(status int, header ...string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) { return answer(req, status, "", header...), nil }
}
