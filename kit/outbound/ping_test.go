package outbound_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
)

func TestAPingIsUpWithA2xxOnly(t *testing.T) {
	for status, up := range map[int]bool{200: true, 204: true, 302: false, 404: false, 429: false, 500: false, 503: false} {
		client, _ := newClient(t, outbound.Config{Fallback: outbound.Degraded(200, "", "degraded"), Attempts: 3,
			Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.Method != http.MethodGet || req.URL.String() != "http://payments.test/healthz" {
					t.Errorf("asked %s %s", req.Method, req.URL)
				}
				return answer(req, status, "", "Location", "/elsewhere"), nil
			})})
		if err := outbound.Ping(client, "http://payments.test/healthz")(t.Context()); (err == nil) != up {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// What keeps calls alive through an outage would hide it from readiness.
func TestNothingStandsBetweenAPingAndTheDependency(t *testing.T) {
	for name, fallback := range map[string]outbound.Fallback{
		"degraded": outbound.Degraded(200, "", "ok"),
		"stale":    outbound.Stale(time.Hour, 10),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s scripted
				client, told := newClient(t, outbound.Config{Attempts: 3, Transport: &s, Fallback: fallback, Breaker: outbound.Breaker{Calls: 1}})
				ping := outbound.Ping(client, "http://payments.test/")
				mustGet(t, client, "http://payments.test/")
				s.down.Store(true)
				before := s.sent.Load()
				e := failure(t, nil, ping(t.Context()))
				if !errors.Is(e, outbound.ErrStatus) || e.Status != 503 || e.Error() != "payments (payments.test:80): answered 503 Service Unavailable, attempt 1/1, timeout 30s" {
					t.Errorf("got %v", e)
				}
				if sent := s.sent.Load() - before; sent != 1 {
					t.Errorf("sent %d times, want 1", sent)
				}
				mustGet(t, client, "http://payments.test/") // opens the breaker
				if told.value("http_client_breaker_state") != 2 {
					t.Fatal("the breaker is not open")
				}
				s.down.Store(false)
				if err := ping(t.Context()); err != nil {
					t.Errorf("up again, but an open breaker or a fallback answered: %v", err)
				}
			})
		})
	}
}

// A ping is no call: it would distort what the metrics tell of those, and fill the log.
func TestAPingTellsOfItselfAtDebugOnly(t *testing.T) {
	var s scripted
	client, told := newClient(t, outbound.Config{Transport: &s, Breaker: outbound.Breaker{Calls: 1}})
	ping := outbound.Ping(client, "http://payments.test/health/"+canary+"?key="+canary)
	if err := ping(t.Context()); err != nil {
		t.Error(err)
	}
	s.down.Store(true)
	if err := ping(t.Context()); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	lines := told.lines("call.pinged")
	if len(lines) != 2 || strings.Count(told.text(), "\n") != 2 || strings.Contains(told.text(), canary) {
		t.Fatalf("got %s", told.text())
	}
	for i, want := range []float64{200, 503} {
		if l := lines[i]; l["level"] != "debug" || l["status"] != want || l["host"] != "payments.test" || l["port"] != "80" || l["dependency"] != "payments" {
			t.Errorf("got %v", l)
		}
	}
	for _, name := range []string{"http_client_attempts_total", "http_client_request_duration_seconds", "http_client_breaker_state"} {
		if got := told.value(name); got != 0 {
			t.Errorf("%s is %v", name, got)
		}
	}
}

func TestAPingTakesNoPlaceInTheBulkhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := newClient(t, outbound.Config{MaxInFlight: 1, Timeout: time.Second, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/slow" {
				return silent(req)
			}
			return answer(req, 204, ""), nil
		})})
		slow := make(chan struct{})
		go func() {
			defer close(slow)
			_, err := client.Get("http://payments.test/slow")
			failure(t, nil, err)
		}()
		synctest.Wait()
		if err := outbound.Ping(client, "http://payments.test/healthz")(t.Context()); err != nil {
			t.Error(err)
		}
		<-slow
	})
}

// A dependency that hangs is down, in whichever way it does, by the time that the check may take or that Try allows.
func TestAPingEndsInTime(t *testing.T) {
	for _, hang := range hangs[:2] {
		for name, limits := range map[string]struct{ caller, try time.Duration }{
			"the caller's": {300 * time.Millisecond, time.Minute},
			"Try":          {time.Minute, 300 * time.Millisecond},
		} {
			t.Run(hang.name+", "+name, func(t *testing.T) {
				t.Parallel()
				client, _ := newClient(t, outbound.Config{Timeout: time.Minute, Try: limits.try})
				address := hang.start(t)
				before := len(connections(t, address))
				ctx, cancel := timeoutOf(t, limits.caller)
				defer cancel()
				e := failure(t, nil, outbound.Ping(client, "http://"+address)(ctx))
				if !errors.Is(e, context.DeadlineExceeded) || e.Timeout > 300*time.Millisecond {
					t.Errorf("got %v", e)
				}
				eventually(t, "its connection is closed", func() bool { return len(connections(t, address)) <= before })
			})
		}
	}
}

func TestAPingThatItsCallerEnds(t *testing.T) {
	client, _ := newClient(t, outbound.Config{Transport: roundTripper(silent)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := outbound.Ping(client, "http://payments.test/")(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The connection of a ping is used again, by the next one and by calls.
func TestPingsKeepTheirConnection(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("ok", 100))
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client, _ := newClient(t, outbound.Config{})
	ping := outbound.Ping(client, server.URL)
	for range 5 {
		if err := ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mustGet(t, client, server.URL)
	if got := opened.Load(); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

func TestAPingThatCannotBeMadeSaysSo(t *testing.T) {
	client, _ := newClient(t, outbound.Config{})
	wrapped := &http.Client{Transport: roundTripper(client.Transport.RoundTrip)}
	for _, c := range []struct {
		name   string
		client *http.Client
		url    string
		says   string
	}{
		{"no client", nil, "http://payments.test/", "not one of outbound.New"},
		{"another client", http.DefaultClient, "http://payments.test/", "not one of outbound.New"},
		{"a client wrapped", wrapped, "http://payments.test/", "not one of outbound.New"},
		{"no URL", client, "", "must be absolute"},
		{"no host", client, "/healthz", "must be absolute"},
		{"malformed", client, "http://payments.test:" + canary, "must be absolute"},
	} {
		if err := outbound.Ping(c.client, c.url)(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
