package outbound_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
	"github.com/prometheus/client_golang/prometheus"
)

func TestNoClientWithoutNameTimeoutAndFallback(t *testing.T) {
	_, err := outbound.New(outbound.Config{})
	for _, field := range []string{"Name is missing", "Timeout is missing", "Fallback is missing"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v lacks %q", err, field)
		}
	}
}

func TestWhatCannotBeRightIsRefusedByName(t *testing.T) {
	good := outbound.Config{Name: "payments", Timeout: time.Second, Fallback: outbound.Fail()}
	for field, spoil := range map[string]func(*outbound.Config){
		"Timeout":          func(c *outbound.Config) { c.Timeout = -1 },
		"Try (2s)":         func(c *outbound.Config) { c.Try = 2 * time.Second },
		"Try is":           func(c *outbound.Config) { c.Try = -1 },
		"Attempts":         func(c *outbound.Config) { c.Attempts = 11 },
		"Attempts is -1":   func(c *outbound.Config) { c.Attempts = -1 },
		"Budget":           func(c *outbound.Config) { c.Budget = 1.1 },
		"BudgetMinimum":    func(c *outbound.Config) { c.BudgetMinimum = -1 },
		"Backoff":          func(c *outbound.Config) { c.Backoff = outbound.Backoff{Base: time.Second, Cap: time.Millisecond} },
		"Breaker.Share":    func(c *outbound.Config) { c.Breaker.Share = 2 },
		"Breaker: Calls":   func(c *outbound.Config) { c.Breaker.Calls = -1 },
		"MaxInFlight":      func(c *outbound.Config) { c.MaxInFlight = -1 },
		"MaxResponse":      func(c *outbound.Config) { c.MaxResponse = -1 },
		"Stale":            func(c *outbound.Config) { c.Fallback = outbound.Stale(0, 10) },
		"Degraded":         func(c *outbound.Config) { c.Fallback = outbound.Degraded(302, "", "") },
		"Func needs":       func(c *outbound.Config) { c.Fallback = outbound.Func("", nil) },
		"beside Transport": func(c *outbound.Config) { c.TLS, c.Transport = &tls.Config{}, http.DefaultTransport },
	} {
		c := good
		spoil(&c)
		if _, err := outbound.New(c); err == nil || !strings.Contains(err.Error(), field) || !strings.Contains(err.Error(), `outbound: client of "payments"`) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := outbound.New(good); err != nil {
		t.Error(err)
	}
}

func TestClientsShareARegistry(t *testing.T) {
	r := prometheus.NewRegistry()
	for _, name := range []string{"payments", "stock", "payments"} {
		if _, err := outbound.New(outbound.Config{Name: name, Timeout: time.Second, Fallback: outbound.Fail(), Registerer: r}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFuncDecidesByItself(t *testing.T) {
	client, told := newClient(t, outbound.Config{
		Transport: roundTripper(func(req *http.Request) (*http.Response, error) { return answer(req, 503, ""), nil }),
		Fallback: outbound.Func("home-made", func(req *http.Request, failure error) (*http.Response, error) {
			if _, ok := outbound.AsError(failure); !ok || req.Method != http.MethodGet {
				return nil, failure
			}
			return answer(req, 200, "home-made"), nil
		}),
	})
	resp, got := mustGet(t, client, "http://payments.test/")
	if kind, _ := outbound.FellBack(resp); kind != "home-made" || got != "home-made" || told.value("http_client_fallbacks_total", "kind", "home-made") != 1 {
		t.Errorf("got %q from %q", got, kind)
	}
	if _, err := client.Head("http://payments.test/"); err == nil {
		t.Error("a fallback that declines was taken for an answer")
	}
	if n := len(told.lines("call.fell_back")); n != 1 {
		t.Errorf("%d uses logged, want 1", n)
	}
}

func TestNobodyFeignsAFallback(t *testing.T) {
	if kind, ok := outbound.FellBack(nil); ok {
		t.Error(kind)
	}
	if kind, ok := outbound.FellBack(&http.Response{}); ok {
		t.Error(kind)
	}
}
