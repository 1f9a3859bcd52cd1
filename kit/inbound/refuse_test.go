package inbound_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/shed"
	"github.com/golive-dev/golive/kit/switches"
)

func TestASwitchTurnsARouteOff(t *testing.T) {
	r := newRig(t, nil)
	set := switches.New(switches.Options{})
	reports := set.Switch("reports", "monthly reports", true)
	r.HandleFunc("GET /reports/{id}", order, inbound.Switch(reports))
	r.HandleFunc("GET /orders/{id}", order)
	for _, c := range []struct {
		on     bool
		status int
	}{{true, 200}, {false, 503}, {true, 200}} {
		if err := set.Set("reports", c.on, "test"); err != nil {
			t.Fatal(err)
		}
		if w := r.ask("GET", "/reports/7"); w.Code != c.status {
			t.Errorf("on %v: %d", c.on, w.Code)
		}
		if w := r.ask("GET", "/orders/7"); w.Code != 200 {
			t.Errorf("another route: %d", w.Code)
		}
	}
	refused := 0
	for _, line := range r.lines("request.completed", 6) {
		if line["refused"] == "switched off" {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d lines say why", refused)
	}
}

func TestUnderOverloadTheLeastIsRefusedFirst(t *testing.T) {
	limiter := shed.New(shed.Options{Limit: 10, SheddableShare: 0.5, NormalShare: 0.8})
	r := newRig(t, func(o *inbound.Options) { o.Limiter = limiter })
	entered, leave := make(chan struct{}), make(chan struct{})
	r.HandleFunc("GET /busy", func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave })
	r.HandleFunc("GET /pay/{id}", order, inbound.Priority(shed.Critical))
	r.HandleFunc("GET /orders/{id}", order)
	r.HandleFunc("GET /hints/{id}", order, inbound.Priority(shed.Sheddable))
	expect := func(busy int, want string) {
		t.Helper()
		got := ""
		for _, path := range []string{"/pay/7", "/orders/7", "/hints/7"} {
			w := r.ask("GET", path)
			got += fmt.Sprint(" ", w.Code)
			if w.Code == 503 && !between(w.Header().Get("Retry-After"), 1, 3) {
				t.Errorf("Retry-After: %s", w.Header().Get("Retry-After"))
			}
		}
		if got != " "+want {
			t.Errorf("with %d busy:%s, want %s", busy, got, want)
		}
	}
	finished := make(chan struct{})
	for busy, want := range map[int]string{0: "200 200 200", 5: "200 200 503", 8: "200 503 503"} {
		for range busy {
			go func() { r.ask("GET", "/busy"); finished <- struct{}{} }()
			<-entered
		}
		expect(busy, want)
		for range busy {
			leave <- struct{}{}
			<-finished
		}
	}
	expect(0, "200 200 200")
	if r.counted("GET", "/hints/{id}", "5xx") != 2 {
		t.Error("refusals are not counted")
	}
}

func between(seconds string, least, most int) bool {
	n, err := strconv.Atoi(seconds)
	return err == nil && n >= least && n <= most
}

// A place must come back however its request ends.
func TestPlacesComeBack(t *testing.T) {
	limiter := shed.New(shed.Options{Limit: 1, NormalShare: 1})
	r := newRig(t, func(o *inbound.Options) { o.Limiter = limiter })
	r.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	r.HandleFunc("GET /error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	r.HandleFunc("GET /{id}", order)
	for range 3 {
		for path, want := range map[string]int{"/panic": 500, "/error": 500, "/7": 200, "/no/where": 404} {
			if w := r.ask("GET", path); w.Code != want {
				t.Errorf("%s: %d, want %d", path, w.Code, want)
			}
		}
	}
}

func TestRateIsLimitedPerCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.HandleFunc("GET /orders/{id}", order, inbound.RateLimit(2, 3, nil))
		r.HandleFunc("GET /free/{id}", order)
		from := func(peer, path string) *httptest.ResponseRecorder {
			req := httptest.NewRequest("GET", path, nil)
			req.RemoteAddr = peer
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			return w
		}
		for i := range 3 {
			if w := from("192.0.2.1:4000"+strconv.Itoa(i), "/orders/7"); w.Code != 200 {
				t.Errorf("request %d of the burst: %d", i, w.Code)
			}
		}
		w := from("192.0.2.1:50000", "/orders/8")
		if w.Code != 429 || w.Header().Get("Retry-After") != "1" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("beyond the burst: %d %v", w.Code, w.Header())
		}
		if w := from("[2001:db8::1]:40000", "/orders/7"); w.Code != 200 {
			t.Errorf("another caller: %d", w.Code)
		}
		if w := from("192.0.2.1:40000", "/free/7"); w.Code != 200 {
			t.Errorf("another route: %d", w.Code)
		}
		time.Sleep(500 * time.Millisecond)
		if w := from("192.0.2.1:40000", "/orders/7"); w.Code != 200 {
			t.Errorf("after the time of one request: %d", w.Code)
		}
		if w := from("192.0.2.1:40000", "/orders/7"); w.Code != 429 {
			t.Errorf("refusals must not cost the caller its next request, nor give it two: %d", w.Code)
		}
	})
}

func TestRateOverAllRoutesByAnyKey(t *testing.T) {
	r := newRig(t, func(o *inbound.Options) {
		o.Rate = inbound.Rate{PerSecond: 0.001, Key: func(r *http.Request) string { return r.Header.Get("X-Account") }}
	})
	r.HandleFunc("GET /a/{id}", order)
	r.HandleFunc("GET /b/{id}", order)
	for _, c := range []struct {
		account, path string
		want          int
	}{{"1", "/a/7", 200}, {"1", "/b/7", 429}, {"2", "/b/7", 200}, {"2", "/a/7", 429}} {
		if w := r.ask("GET", c.path, "X-Account", c.account); w.Code != c.want {
			t.Errorf("%+v: %d", c, w.Code)
		}
	}
}

// Who invents a caller for each request must not fill the memory. The one who
// asks all the time is remembered; who asked longest ago is not.
func TestCallersAreRememberedInABoundedNumber(t *testing.T) {
	r := newRig(t, func(o *inbound.Options) {
		o.Rate = inbound.Rate{PerSecond: 0.001, Burst: 1, Keys: 100, Key: func(r *http.Request) string { return r.Header.Get("X-Account") }}
	})
	r.HandleFunc("GET /{id}", order)
	ask := func(account string) int { return r.ask("GET", "/7", "X-Account", account).Code }
	if ask("constant") != 200 || ask("gone") != 200 {
		t.Fatal("the first requests were refused")
	}
	for i := range 10_000 {
		if i%50 == 0 && ask("constant") != 429 {
			t.Fatalf("forgotten after %d others", i)
		}
		ask(strconv.Itoa(i))
	}
	if got := ask("gone"); got != 200 {
		t.Errorf("still remembered after 10,000 others: %d", got)
	}
}

func TestWhatMatchesNothing(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /orders/{id}", order)
	r.HandleFunc("POST /orders/{id}", order)
	r.HandleFunc("GET /dir/", order)
	for _, c := range []struct {
		method, target string
		status         int
		header, value  string
	}{
		{"GET", "/nowhere", 404, "Content-Type", "application/problem+json"},
		{"DELETE", "/orders/7", 405, "Allow", "GET, HEAD, POST"},
		{"BREW", "/orders/7", 405, "Content-Type", "application/problem+json"},
		{"GET", "/dir", 307, "Location", "/dir/"},
		{"GET", "//orders//7", 307, "Location", "/orders/7"},
		{"HEAD", "/nowhere", 404, "Content-Type", "application/problem+json"},
		{"OPTIONS", "*", 400, "Connection", "close"},
	} {
		w := r.ask(c.method, c.target)
		if w.Code != c.status || w.Header().Get(c.header) != c.value {
			t.Errorf("%s %s: %d %v", c.method, c.target, w.Code, w.Header())
		}
		if body := w.Body.String(); c.method == "HEAD" && body != "" || c.status >= 400 && c.method != "HEAD" && !strings.HasPrefix(body, `{"title":`) {
			t.Errorf("%s %s: %q", c.method, c.target, body)
		}
	}
	for _, line := range r.lines("request.completed", 7) {
		if line["route"] != "unmatched" || line["trace_id"] == nil {
			t.Errorf("%v", line)
		}
	}
	if r.counted("other", "unmatched", "4xx") != 1 || r.counted("DELETE", "unmatched", "4xx") != 1 {
		t.Error("not counted")
	}
}

func TestDrainingAsksCallersToGo(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /{id}", order)
	r.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	r.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	address := r.listen()
	if resp, _ := get(t, "http://"+address+"/7"); resp.Close {
		t.Error("connections are kept before")
	}
	r.SetDraining()
	for _, path := range []string{"/7", "/silent", "/panic", "/no/where"} {
		conn := dial(t, address)
		send(t, conn, "GET "+path+" HTTP/1.1\nHost: x\n\n")
		a := newAnswers(conn)
		if resp, _ := a.next(t, "GET"); !resp.Close {
			t.Errorf("%s: the connection is kept: %v", path, resp.Header)
		}
		if _, err := a.r.ReadByte(); err == nil {
			t.Errorf("%s: the connection is open", path)
		}
	}
}
