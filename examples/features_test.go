// Package examples_test shows that golive sees what kit gives a service: with
// one feature after another switched off in a copy of examples/orders, exactly
// the requirement that it is for must fail.
package examples_test

import (
	"strings"
	"testing"
)

// patch replaces a text in a file of the copied tree. The text must be there.
type patch struct{ file, old, new string }

const (
	golive  = "examples/orders/golive.yaml"
	orders  = "examples/orders/cmd/orders/main.go"
	config  = "examples/orders/cmd/orders/config.go"
	desk    = "examples/orders/internal/order/desk.go"
	fraud   = "examples/orders/internal/upstream/fraud.go"
	payment = "examples/orders/internal/upstream/payments.go"
)

// unhealthy is a line after which something of the ops port may be replaced:
// a pattern with a host goes before one without.
const unhealthy = `	s.Health.Critical("db", orders.Ping)
`

// features are what a service has from kit, each with how it is switched off,
// the requirement that must then fail, and words of its reason.
var features = []struct {
	name, fails, because string
	off                  []patch
}{
	{"the drain delay outlasts the probes", "deployment/graceful-shutdown", "after SIGTERM", []patch{
		{golive, "PROBE_PERIOD: 300ms", "PROBE_PERIOD: 1ms"},
	}},
	{"readiness follows what is critical", "deployment/readiness", "db, which is critical", []patch{
		{orders, `s.Health.Critical("db"`, `s.Health.Optional("db"`},
	}},
	{"liveness asks nobody", "deployment/liveness", "GET /livez", []patch{
		{orders, unhealthy, unhealthy + `	s.Ops.Handle("GET 127.0.0.1/livez", s.Health.ReadyHandler())
`},
	}},
	{"requests wait for the migrations", "deployment/startup", "after readiness answered 2xx", []patch{
		{orders, `s.Before("migrations", orders.Migrate)`, `time.AfterFunc(2*time.Second, func() { _ = orders.Migrate(context.Background()) })`},
	}},
	{"configuration is checked", "deployment/config-from-environment", "FRAUD_URL missing", []patch{
		{config, `env:"FRAUD_URL"`, `env:"FRAUD_URL" default:"http://127.0.0.1:1"`},
	}},
	{"a call has a deadline", "resilience/timeouts", "fraud: PUT /checks/", []patch{
		{fraud, "return &Fraud{base, client,", "client = new(http.Client)\n\treturn &Fraud{base, client,"},
	}},
	{"what is missing is told", "resilience/fallback", "place order without payments", []patch{
		{payment, `{"state":"pending"}`, `{"state":"paid"}`},
	}},
	{"the breaker closes again", "resilience/recovery", "after fraud was back", []patch{
		{fraud, "Attempts: 2,", "Attempts: 2,\n\t\tBreaker:  outbound.Breaker{Calls: 1, Open: time.Hour},"},
	}},
	{"lines are JSON", "observability/structured-logs", "JSON", []patch{
		{orders, "	orders, err := openStore(s, c)\n", "	s.Log = slog.New(slog.NewTextHandler(os.Stdout, nil))\n	orders, err := openStore(s, c)\n"},
		{orders, `"fmt"`, "\"fmt\"\n\t\"log/slog\"\n\t\"os\""},
	}},
	{"lines have the trace of their request", "observability/log-trace-correlation", "trace", []patch{
		{"kit/log/value.go", "traceID, spanID := sc.TraceID(), sc.SpanID()", "traceID, spanID := trace.TraceID{}, sc.SpanID()"},
	}},
	{"the trace goes along", "observability/trace-propagation", "PUT /checks/", []patch{
		{fraud, "return &Fraud{base, client,", "client = &http.Client{Timeout: time.Second}\n\treturn &Fraud{base, client,"},
	}},
	{"personal data has a type", "security/pii-logs", "turned up in stdout", []patch{
		{desk, `"payment", o.Payment)`, `"payment", o.Payment, "email", draft.Email.Reveal())`},
	}},
	{"labels are the service's own", "observability/cardinality", "orders_placed_total", []patch{
		{desk, "d.Placed.WithLabelValues(string(o.Payment))", "d.Placed.WithLabelValues(o.Customer)"},
	}},
	{"a bucket ends at the objective", "observability/percentiles", "no bucket edge at 400ms", []patch{
		{golive, "latency: 500ms", "latency: 400ms"},
	}},
	{"metrics are served", "observability/golden-signals", "/metrics", []patch{
		{orders, unhealthy, unhealthy + `	s.Ops.Handle("GET 127.0.0.1/metrics", http.NotFoundHandler())
`},
		{orders, `"fmt"`, "\"fmt\"\n\t\"net/http\""},
	}},
	{"failures are counted as failures", "observability/metrics-truth", "5xx", []patch{
		{"kit/metrics/server.go", "class := status / 100", "class := min(status/100, 2)"},
	}},
}

func TestGoliveSeesEachFeature(t *testing.T) {
	binary := build(t)
	atOnce := make(chan struct{}, 2) // each review starts a dozen processes
	for _, f := range features {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			got := review(t, binary, copied(t, f.off), f.fails)
			if got.Outcome != "fail" || !strings.Contains(got.text(), f.because) {
				t.Errorf("%s is %s, want fail because of %q:\n%s", f.fails, got.Outcome, f.because, got.text())
			}
		})
	}
}
