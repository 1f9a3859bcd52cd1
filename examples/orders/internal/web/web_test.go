package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/kit/data"
	"github.com/golive-dev/golive/kit/idempotency"
	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/kittest"
	"github.com/golive-dev/golive/kit/switches"
)

// world plays what a site needs; its errors are what goes wrong.
type world struct {
	refuses           bool
	fraud, found, rid error
	checked           int
}

func (w *world) Check(context.Context, order.Order) (bool, error) {
	w.checked++
	return !w.refuses, w.fraud
}
func (w *world) Charge(context.Context, order.Order) (order.Payment, error) { return order.Paid, nil }
func (w *world) Save(context.Context, order.Order, order.Draft) error       { return nil }
func (w *world) Settle(context.Context, string) error                       { return nil }
func (w *world) Pending(context.Context, time.Time, int) ([]order.Order, error) {
	return nil, nil
}
func (w *world) Find(_ context.Context, id string) (order.Order, error) {
	return order.Order{ID: id, Customer: "c-1", Item: "tea", Quantity: 2, Payment: order.Paid}, w.found
}
func (w *world) Latest(ctx context.Context, _ string) (order.Order, error) { return w.Find(ctx, "o-1") }

func (w *world) site(t *testing.T) (*inbound.Mux, *kittest.Logs) {
	logs := kittest.NewLogs(t)
	mux, err := inbound.New(inbound.Options{Log: logs.Logger})
	if err != nil {
		t.Fatal(err)
	}
	purger := data.NewPurger(data.PurgerOptions{Log: logs.Logger})
	purger.Register("world", func(context.Context, string) (int64, error) { return 1, w.rid })
	desk := &order.Desk{
		Fraud: w, Store: w, Payments: w, Log: logs.Logger, Placed: order.NewPlaced(prometheus.NewRegistry()),
		Charging: switches.New(switches.Options{}).Switch("charging", "tested", true),
	}
	(&Site{Desk: desk, Orders: w, Keys: idempotency.NewMemory(0), Purger: purger}).Register(mux)
	return mux, logs
}

func ask(mux *inbound.Mux, method, target, body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

const tea = `{"customer":"c-1","email":"ada@example.com","name":"Ada","item":"tea","quantity":2}`

func TestAnswers(t *testing.T) {
	down := errors.New("secret: down")
	for _, c := range []struct {
		name, request, body string
		world               world
		status              int
		answer              string
	}{
		{"place", "POST /orders", tea, world{}, 201, `"payment":"paid"`},
		{"refused", "POST /orders", tea, world{refuses: true}, 422, "the order was refused"},
		{"down", "POST /orders", tea, world{fraud: down}, 503, "orders cannot be placed now"},
		{"no JSON", "POST /orders", "tea", world{}, 400, `"status":400`},
		{"empty", "POST /orders", "", world{}, 400, `"status":400`},
		{"unheard of", "POST /orders", `{"card":1,` + tea[1:], world{}, 422, `"pointer":"/card"`},
		{"invalid", "POST /orders", strings.Replace(tea, `"quantity":2`, `"quantity":0`, 1), world{}, 422, `"pointer":"/quantity"`},
		{"large", "POST /orders", `{"item":"` + strings.Repeat("e", 65<<10) + `"}`, world{}, 413, `"status":413`},
		{"find", "GET /orders/o-7", "", world{}, 200, `{"id":"o-7","customer":"c-1","item":"tea"`},
		{"find nothing", "GET /orders/o-7", "", world{found: order.ErrNotFound}, 404, "there is no such order"},
		{"find down", "GET /orders/o-7", "", world{found: down}, 503, "orders cannot be read now"},
		{"find what cannot be", "GET /orders/%00", "", world{}, 200, `{"id":"-"`},
		{"latest", "GET /customers/c-1/latest-order", "", world{}, 200, `{"order":{"id":"o-1"`},
		{"no latest", "GET /customers/c-1/latest-order", "", world{found: order.ErrNotFound}, 200, `{"order":null}`},
		{"latest down", "GET /customers/c-1/latest-order", "", world{found: down}, 503, "orders cannot be read now"},
		{"forget", "DELETE /customers/c-1", "", world{}, 200, `"complete":true`},
		{"forget in part", "DELETE /customers/c-1", "", world{rid: down}, 503, "repeat the request"},
		{"unknown", "GET /admin", "", world{}, 404, `"status":404`},
		{"wrong method", "DELETE /orders/o-7", "", world{}, 405, `"status":405`},
	} {
		t.Run(c.name, func(t *testing.T) {
			mux, _ := c.world.site(t)
			method, target, _ := strings.Cut(c.request, " ")
			w := ask(mux, method, target, c.body, "")
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("answered %d %s; want %d with %s", w.Code, w.Body, c.status, c.answer)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("the answer tells what only the inside may know: %s", w.Body)
			}
		})
	}
}

func TestAnAnswerToAnOrderHoldsNothingOfTheCustomer(t *testing.T) {
	mux, _ := new(world).site(t)
	w := ask(mux, "POST", "/orders", tea, "")
	for _, text := range []string{"c-1", "ada", "Ada"} {
		if strings.Contains(w.Body.String(), text) {
			t.Errorf("it holds %s: %s", text, w.Body)
		}
	}
	if !strings.HasPrefix(w.Header().Get("Location"), "/orders/") {
		t.Errorf("Location is %q", w.Header().Get("Location"))
	}
}

func TestAnOrderWithAKeyIsPlacedOnce(t *testing.T) {
	world := new(world)
	mux, _ := world.site(t)
	first, second := ask(mux, "POST", "/orders", tea, "k-1"), ask(mux, "POST", "/orders", tea, "k-1")
	if first.Code != 201 || second.Code != 201 || first.Body.String() != second.Body.String() || world.checked != 1 {
		t.Errorf("%d %s, then %d %s, with %d checks", first.Code, first.Body, second.Code, second.Body, world.checked)
	}
	if second.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the repetition does not say that it is one")
	}
	if w := ask(mux, "POST", "/orders", strings.Replace(tea, "2", "3", 1), "k-1"); w.Code != 422 {
		t.Errorf("the same key for another order got %d", w.Code)
	}
}

func TestNothingThatACustomerSentIsLogged(t *testing.T) {
	w := &world{fraud: errors.New("down")}
	mux, logs := w.site(t)
	for _, text := range []string{"hunter2", "ada@example.com", "Ada", "c-1"} {
		logs.Never(text)
	}
	for _, target := range []string{"/orders?q=hunter2", "/orders/hunter2", "/customers/hunter2/latest-order", "/customers/hunter2", "/hunter2"} {
		for _, method := range []string{"GET", "POST", "DELETE", "HUNTER2"} {
			ask(mux, method, target, tea, "hunter2")
		}
	}
	logs.MustHave("request.completed", "route", "/orders", "status", 503)
}
