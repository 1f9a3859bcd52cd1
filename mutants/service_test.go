package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// shelf is an instance over two upstreams of its own.
type shelf struct {
	*instance
	handler http.Handler
	out     bytes.Buffer
	called  []string // "POST /holds 00-…", by the upstreams
}

// newShelf runs the mutant over upstreams that answer; those in away refuse.
func newShelf(t *testing.T, name string, away ...string) *shelf {
	t.Helper()
	b, err := behave(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{}
	start := func(upstream string) string {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s.called = append(s.called, r.Method+" "+r.URL.Path+" "+r.Header.Get("Traceparent"))
		}))
		t.Cleanup(server.Close)
		for _, name := range away {
			if name == upstream {
				server.Close()
			}
		}
		return server.URL
	}
	s.instance = newInstance(b, configuration{inventory: start("inventory"), prices: start("prices")}, &s.out)
	s.handler = s.instance.handler()
	return s
}

const wish = `{"customer":"c-1","item":"tea"}`

const sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func (s *shelf) ask(method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Traceparent", sent)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func expect(t *testing.T, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), body) {
		t.Errorf("answered %d %s; want %d with %s", w.Code, w.Body, status, body)
	}
}

func TestHealthyAnswers(t *testing.T) {
	s := newShelf(t, healthy)
	expect(t, s.ask("POST", "/reservations", wish), 201, `"price":250`)
	expect(t, s.ask("GET", "/items/i-7", ""), 200, `"stock":7`)
	expect(t, s.ask("POST", "/reservations", "tea"), 400, "not the JSON object")
	expect(t, s.ask("GET", "/elsewhere", ""), 404, "nothing here")
	expect(t, s.ask("GET", "/livez", ""), 200, "true")
}

func TestHealthyDoesWhatIsDeclaredWithoutADependency(t *testing.T) {
	without := newShelf(t, healthy, "inventory")
	expect(t, without.ask("POST", "/reservations", wish), 503, "inventory is unavailable")
	expect(t, without.ask("GET", "/items/i-7", ""), 503, "inventory is unavailable")
	expect(t, newShelf(t, healthy, "prices").ask("POST", "/reservations", wish), 201, `"degraded":"prices"`)
}

func TestHealthyPassesTheTraceOn(t *testing.T) {
	s := newShelf(t, healthy)
	s.ask("POST", "/reservations", wish)
	if len(s.called) != 2 || !strings.HasPrefix(s.called[0], "POST /holds ") || !strings.HasPrefix(s.called[1], "GET /prices ") {
		t.Fatalf("called %q", s.called)
	}
	for _, call := range s.called {
		if !strings.Contains(call, "4bf92f3577b34da6a3ce929d0e0e4736") || strings.Contains(call, "00f067aa0ba902b7") {
			t.Errorf("%s is no child of %s", call, sent)
		}
	}
}

func TestHealthyWritesTheSchemaAndNothingOfTheClients(t *testing.T) {
	s := newShelf(t, healthy, "inventory")
	s.ask("POST", "/reservations?mail=hunter2", `{"customer":"hunter2","item":"tea"}`)
	s.ask("GET", "/items/hunter2", "")
	for _, line := range strings.Split(strings.TrimSpace(s.out.String()), "\n") {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, name := range []string{"timestamp", "level", "service", "event", "trace_id", "span_id"} {
			if fields[name] == nil || fields["trace_id"] != "4bf92f3577b34da6a3ce929d0e0e4736" {
				t.Errorf("no %s, or the wrong trace, in %s", name, line)
			}
		}
	}
	metrics := s.ask("GET", "/metrics", "").Body.String()
	if strings.Contains(s.out.String()+metrics, "hunter2") {
		t.Errorf("the client's data is in\n%s%s", &s.out, metrics)
	}
	if want := `http_server_request_duration_seconds_count{route="POST /reservations",status="503"} 1`; !strings.Contains(metrics, want) {
		t.Errorf("no line %s in\n%s", want, metrics)
	}
}

func TestHealthyReadinessFollowsInventoryOnly(t *testing.T) {
	s := newShelf(t, healthy)
	expect(t, s.ask("GET", "/readyz", ""), 503, "false")
	s.state.change(func(now *state) { now.inventory = true })
	expect(t, s.ask("GET", "/readyz", ""), 200, "true")
	s.state.change(func(now *state) { now.draining = true })
	expect(t, s.ask("GET", "/readyz", ""), 503, "false")
}

func TestConfigure(t *testing.T) {
	whole := map[string]string{"PORT": "8080", "INVENTORY_URL": "http://inventory", "PRICES_URL": "http://prices:80"}
	lookup := func(name string) (string, bool) { v, ok := whole[name]; return v, ok }
	if c, err := healthyBehaviour().configure(lookup); err != nil || c != (configuration{"8080", "http://inventory", "http://prices:80"}) {
		t.Errorf("got %+v, %v", c, err)
	}
	whole["PORT"] = "http"
	delete(whole, "INVENTORY_URL")
	_, err := healthyBehaviour().configure(lookup)
	if err == nil || err.Error() != "PORT is malformed\nINVENTORY_URL is missing" {
		t.Errorf("got %v", err)
	}
	var out bytes.Buffer
	if code := serve(t.Context(), healthyBehaviour(), lookup, &out); code != 1 || !strings.Contains(out.String(), "INVENTORY_URL is missing") {
		t.Errorf("exit code %d: %s", code, &out)
	}
}

// TestBoundedClient holds the healthy client against an upstream that never
// ends its answer.
func TestBoundedClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	b := healthyBehaviour()
	u := b.upstream("inventory", server.URL)
	if err := u.call(t.Context(), "GET", "/stock", "", nil); err == nil || strings.Contains(err.Error(), server.URL) {
		t.Errorf("got %v; want a timeout without the URL", err)
	}
	if u.failuresInRow.Load() != 1 {
		t.Error("the failure was not counted")
	}
}
