package upstream

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/outbound"
	"github.com/golive-dev/golive/kit/secret"
)

var tea = order.Order{ID: "o-1", Customer: "c-1", Item: "tea", Quantity: 2}

func clients(logs *kittest.Logs) Clients {
	return func(c outbound.Config) (*http.Client, error) {
		c.Log = logs.Logger
		return outbound.New(c)
	}
}

func address(t *testing.T, u *kittest.Upstream) *url.URL {
	t.Helper()
	base, err := url.Parse(u.URL)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func fraudAt(t *testing.T, u *kittest.Upstream) *Fraud {
	t.Helper()
	f, err := NewFraud(clients(kittest.NewLogs(t)), address(t, u))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func paymentsAt(t *testing.T, u *kittest.Upstream, token *secret.Value) *Payments {
	t.Helper()
	p, err := NewPayments(clients(kittest.NewLogs(t)), address(t, u), token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFraudJudges(t *testing.T) {
	for answer, want := range map[string]bool{`{"accept":true}`: true, `{"accept":false}`: false} {
		u := kittest.NewUpstream(t)
		u.On("PUT /checks/o-1").Answer(200, answer)
		if ok, err := fraudAt(t, u).Check(t.Context(), tea); ok != want || err != nil {
			t.Errorf("%s: got %t, %v", answer, ok, err)
		}
		call := u.Calls("PUT /checks/o-1")[0]
		if got := string(call.Body); got != `{"item":"tea","quantity":2}` {
			t.Errorf("fraud got to know %s", got)
		}
	}
}

func TestFraudIsAskedTwice(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("PUT /checks/o-1").Status(503).Then().Answer(200, `{"accept":true}`)
	if ok, err := fraudAt(t, u).Check(t.Context(), tea); !ok || err != nil {
		t.Errorf("got %t, %v", ok, err)
	}
}

// Whatever way fraud hangs in, an order fails in time, and the error says
// where and never what.
func TestWithoutFraudThereIsAnError(t *testing.T) {
	for name, breaks := range map[string]func(*kittest.Script) *kittest.Script{
		"silent": (*kittest.Script).Hang, "headers": (*kittest.Script).HangAfterHeaders,
		"drips": (*kittest.Script).Drip, "drips headers": (*kittest.Script).DripHeaders,
		"resets": (*kittest.Script).Reset, "malformed": (*kittest.Script).Malformed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := kittest.NewUpstream(t)
			breaks(u.On("PUT /checks/o-1"))
			began := time.Now()
			_, err := fraudAt(t, u).Check(t.Context(), tea)
			if err == nil || strings.Contains(err.Error(), "/checks") {
				t.Errorf("the error is %v", err)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestPaymentsCharge(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("PUT /charges/o-1").Answer(201, `{"state":"paid"}`)
	if got, err := paymentsAt(t, u, nil).Charge(t.Context(), tea); got != order.Paid || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got := u.Calls("PUT /charges/o-1")[0].Header; got.Get("Authorization") != "" {
		t.Error("a token was sent that nobody gave")
	}
}

func TestWithoutPaymentsTheyArePending(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("PUT /charges/o-1").Status(500)
	if got, err := paymentsAt(t, u, nil).Charge(t.Context(), tea); got != order.Pending || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestARefusedChargeIsAnError(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("PUT /charges/o-1").Status(401)
	if got, err := paymentsAt(t, u, nil).Charge(t.Context(), tea); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheTokenIsTheOneThatIsMountedNow(t *testing.T) {
	content := "old"
	token, err := secret.Watch(t.Context(), secret.Func("token", func(context.Context) ([]byte, error) { return []byte(content), nil }), secret.Options{Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	u := kittest.NewUpstream(t)
	u.On("PUT /charges/o-1").Answer(200, `{"state":"paid"}`)
	p := paymentsAt(t, u, token)
	for _, content = range []string{"old", "new"} {
		if err := token.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Charge(t.Context(), tea); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"Bearer old", "Bearer new"} {
		if got := u.Calls("PUT /charges/o-1")[i].Header.Get("Authorization"); got != want {
			t.Errorf("call %d carried %q, want %q", i, got, want)
		}
	}
}

func TestPing(t *testing.T) {
	u := kittest.NewUpstream(t)
	u.On("GET /ping").Status(204).Times(1).Then().Status(503)
	f := fraudAt(t, u)
	if err := f.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := f.Ping(t.Context()); err == nil {
		t.Error("503 counts as being there")
	}
	u.Down()
	if err := f.Ping(t.Context()); err == nil {
		t.Error("a closed port counts as being there")
	}
}
