package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/logging"
	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/examples/orders/internal/ready"
)

// world plays what a site needs. place, when set, answers for the fraud
// check; found answers for the store.
type world struct {
	check func(context.Context) (bool, error)
	found error
}

func (w world) Check(ctx context.Context, _ order.Order) (bool, error) {
	if w.check == nil {
		return true, nil
	}
	return w.check(ctx)
}
func (w world) Charge(context.Context, order.Order) error { return nil }
func (w world) Save(context.Context, order.Order) error   { return nil }
func (w world) Find(_ context.Context, id string) (order.Order, error) {
	return order.Order{ID: id}, w.found
}
func (w world) Latest(ctx context.Context, _ string) (order.Order, error) { return w.Find(ctx, "o-1") }

func newSite(w world, out *bytes.Buffer) *Site {
	registry := prometheus.NewRegistry()
	log := logging.New(out, "orders")
	return &Site{
		Desk: &order.Desk{Fraud: w, Store: w, Payments: w, Log: log},
		Gate: ready.NewGate(log), Log: log, Metrics: NewMetrics(registry),
		Scrape: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
}

func ask(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

const tea = `{"customer":"c-1","item":"tea","quantity":2,"unheard":"of"}`

var down = &dependency.Error{Dependency: "store", Err: errors.New("refused")}

func TestAnswers(t *testing.T) {
	refuse := func(context.Context) (bool, error) { return false, nil }
	for _, c := range []struct {
		name, method, path, body string
		world                    world
		status                   int
		answer                   string
	}{
		{"place", "POST", "/orders", tea, world{}, 201, `"payment":"paid"`},
		{"refused", "POST", "/orders", tea, world{check: refuse}, 422, "refused"},
		{"down", "POST", "/orders", tea, world{check: func(context.Context) (bool, error) { return false, down }}, 503, "store is unavailable"},
		{"broken", "POST", "/orders", tea, world{check: func(context.Context) (bool, error) { return false, errors.New("secret") }}, 500, `{"error":"internal error"}`},
		{"panic", "POST", "/orders", tea, world{check: func(context.Context) (bool, error) { panic("secret") }}, 500, `{"error":"internal error"}`},
		{"no JSON", "POST", "/orders", "tea", world{}, 400, "not the JSON object"},
		{"empty", "POST", "/orders", "", world{}, 400, "not the JSON object"},
		{"invalid", "POST", "/orders", `{"item":"tea"}`, world{}, 422, `customer is missing\nquantity`},
		{"large", "POST", "/orders", `{"item":"` + strings.Repeat("e", maxBody) + `"}`, world{}, 413, "larger than 64 KiB"},
		{"find", "GET", "/orders/o-7", "", world{}, 200, `"id":"o-7"`},
		{"find nothing", "GET", "/orders/o-7", "", world{found: order.ErrNotFound}, 404, "no such order"},
		{"find down", "GET", "/orders/o-7", "", world{found: down}, 503, "store is unavailable"},
		{"latest", "GET", "/customers/c-1/latest-order", "", world{}, 200, `{"order":{"id":"o-1"`},
		{"no latest", "GET", "/customers/c-1/latest-order", "", world{found: order.ErrNotFound}, 200, `{"order":null}`},
		{"latest down", "GET", "/customers/c-1/latest-order", "", world{found: down}, 503, "store is unavailable"},
		{"unknown", "GET", "/admin", "", world{}, 404, "nothing here"},
		{"wrong method", "DELETE", "/orders/o-7", "", world{}, 404, "nothing here"},
		{"live", "GET", "/livez", "", world{}, 200, "true"},
		{"ready", "GET", "/readyz", "", world{}, 200, "true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newSite(c.world, &bytes.Buffer{}).Handler(), c.method, c.path, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("answered %d %s; want %d with %s", w.Code, w.Body, c.status, c.answer)
			}
		})
	}
}

func TestReadinessFollowsTheGate(t *testing.T) {
	site := newSite(world{}, &bytes.Buffer{})
	site.Gate = ready.NewGate(site.Log, ready.Check{Name: "store"})
	if w := ask(site.Handler(), "GET", "/readyz", ""); w.Code != 503 || !strings.Contains(w.Body.String(), `["store"]`) {
		t.Errorf("answered %d %s before the store was there", w.Code, w.Body)
	}
	if w := ask(site.Handler(), "GET", "/livez", ""); w.Code != 200 {
		t.Errorf("not live without the store: %d", w.Code)
	}
}

func TestARequestIsWrittenDownInItsTrace(t *testing.T) {
	var out bytes.Buffer
	req := httptest.NewRequest("POST", "/orders?card=4111", strings.NewReader(tea))
	req.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	newSite(world{}, &out).Handler().ServeHTTP(httptest.NewRecorder(), req)
	for _, want := range []string{
		`"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"`, `"event":"request.completed"`,
		`"method":"POST"`, `"route":"/orders"`, `"status":201`, `"duration_ms":`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line has %s:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "00f067aa0ba902b7") {
		t.Errorf("the request has its caller's span:\n%s", &out)
	}
}

func TestNothingThatACustomerSentIsWrittenDown(t *testing.T) {
	const secret = "hunter2"
	var out bytes.Buffer
	site := newSite(world{check: func(context.Context) (bool, error) { panic(secret) }}, &out)
	h := site.Handler()
	for _, target := range []string{"/orders?q=" + secret, "/orders/" + secret, "/customers/" + secret + "/latest-order", "/" + secret} {
		for _, method := range []string{"GET", "POST", secret} {
			req := httptest.NewRequest(method, target, strings.NewReader(`{"customer":"`+secret+`","item":"tea","quantity":1}`))
			req.Header.Set("User-Agent", secret)
			req.Header.Set("Traceparent", secret)
			h.ServeHTTP(httptest.NewRecorder(), req)
		}
	}
	if strings.Contains(out.String(), secret) {
		t.Errorf("found in the lines:\n%s", &out)
	}
	if metrics := ask(h, "GET", "/metrics", "").Body.String(); strings.Contains(metrics, secret) {
		t.Errorf("found in the metrics:\n%s", metrics)
	}
}

func TestMetricsSayWhatHappened(t *testing.T) {
	site := newSite(world{}, &bytes.Buffer{})
	h := site.Handler()
	for range 3 {
		ask(h, "POST", "/orders", tea)
	}
	ask(h, "POST", "/orders", "tea")
	for _, path := range []string{"/orders/a", "/orders/b", "/x", "/y"} {
		ask(h, "GET", path, "")
	}
	metrics := ask(h, "GET", "/metrics", "").Body.String()
	for _, want := range []string{
		`http_server_request_duration_seconds_count{method="POST",route="/orders",status="201"} 3`,
		`http_server_request_duration_seconds_count{method="POST",route="/orders",status="400"} 1`,
		`http_server_request_duration_seconds_count{method="GET",route="/orders/{id}",status="200"} 2`,
		`http_server_request_duration_seconds_count{method="other",route="unmatched",status="404"} 2`,
		`http_server_request_duration_seconds_bucket{method="POST",route="/orders",status="201",le="0.5"} 3`,
		"http_server_requests_in_flight 0", "process_cpu_seconds_total", "go_goroutines",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no line %s in\n%s", want, metrics)
		}
	}
}

func TestAClientThatLeftIsNoFailure(t *testing.T) {
	ctx, leave := context.WithTimeout(context.Background(), time.Millisecond)
	defer leave()
	site := newSite(world{check: func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, down }}, &bytes.Buffer{})
	site.Log = slog.New(slog.DiscardHandler)
	h := site.Handler()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/orders", strings.NewReader(tea)))
	if metrics := ask(h, "GET", "/metrics", "").Body.String(); !strings.Contains(metrics, `status="499"} 1`) {
		t.Error("the request is not counted as one whose client left")
	}
}
