package metrics_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/kit/metrics"
)

const calls = "http_client_request_duration_seconds"

func TestDependencyCountsByOutcome(t *testing.T) {
	r := prometheus.NewRegistry()
	d := newClient(t, r).Dependency("payments")
	want := map[metrics.Outcome]string{
		metrics.Answered: "answered", metrics.Failed: "failed", metrics.TimedOut: "timeout",
		metrics.Unreachable: "unreachable", metrics.Canceled: "canceled", metrics.Refused: "refused",
	}
	for o, name := range want {
		for range int(o) + 1 {
			d.Observe(o, 10*ms, "")
		}
		if got := count(t, r, calls, "dependency=payments", "outcome="+name); got != uint64(o)+1 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if n := len(series(t, r, calls)); n != len(want) {
		t.Errorf("%d outcomes", n)
	}
}

func TestAnOutcomeThatIsNoneIsAFailure(t *testing.T) {
	r := prometheus.NewRegistry()
	d := newClient(t, r).Dependency("payments")
	for _, o := range []metrics.Outcome{-1, 99} {
		d.Observe(o, ms, "0af7651916cd43dd8448eb211c80319c")
		d.ObserveAt(time.Now(), o, ms, [16]byte{1})
		if o.String() != "unknown" {
			t.Errorf("%d is called %s", o, o)
		}
	}
	if got := count(t, r, calls, "outcome=failed"); got != 4 {
		t.Errorf("%d failures", got)
	}
}

func TestDependencyCountsWhatHappenedOnTheWay(t *testing.T) {
	r := prometheus.NewRegistry()
	d := newClient(t, r).Dependency("payments")
	d.Attempts.Add(3)
	d.Retries.Add(2)
	d.RetriesDenied.Inc()
	d.InFlight.Set(4)
	d.Breaker.Set(2)
	d.Fallback("stale").Inc()
	d.Fallback("stale").Inc()
	for family, want := range map[string]float64{
		"http_client_attempts_total": 3, "http_client_retries_total": 2, "http_client_retries_denied_total": 1,
		"http_client_requests_in_flight": 4, "http_client_breaker_state": 2, "http_client_fallbacks_total": 2,
	} {
		m := one(t, r, family, "dependency=payments")
		if got := m.GetCounter().GetValue() + m.GetGauge().GetValue(); got != want {
			t.Errorf("%s is %v, want %v", family, got, want)
		}
	}
	one(t, r, "http_client_fallbacks_total", "kind=stale")
}

// Each outbound client is made by itself, and all count in one registry.
func TestClientsOfOneRegistryShareItsMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	newClient(t, r).Dependency("payments").Attempts.Inc()
	c := newClient(t, r)
	c.Dependency("payments").Attempts.Inc()
	c.Dependency("stock").Attempts.Inc()
	if got := one(t, r, "http_client_attempts_total", "dependency=payments").Counter.GetValue(); got != 2 {
		t.Errorf("%v attempts", got)
	}
	if c.Dependency("stock") != c.Dependency("stock") {
		t.Error("a dependency has two sets of metrics")
	}
	newClient(t, nil).Dependency("payments").Attempts.Inc()
}

func TestATakenNameIsAnError(t *testing.T) {
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_client_attempts_total", Help: "somebody else's"}))
	if c, err := metrics.NewClient(r, metrics.ClientOptions{}); err == nil || c != nil {
		t.Errorf("%v, %v", c, err)
	}
}
