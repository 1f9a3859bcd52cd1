package inbound_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/problem"
)

func TestEachRequestHasOneLine(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("POST /orders/{id}", func(w http.ResponseWriter, req *http.Request) {
		inbound.SetSubject(req.Context(), "account-7")
		io.Copy(io.Discard, req.Body)
		w.WriteHeader(201)
		io.WriteString(w, "created")
	})
	address := r.listen()
	resp, err := http.Post("http://"+address+"/orders/7?token=x", "text/plain", strings.NewReader("12345"))
	if err != nil {
		t.Fatal(err)
	}
	read(t, resp)
	line := r.completed()
	for key, want := range map[string]any{
		"service": "orders", "level": "info", "method": "POST", "route": "/orders/{id}", "status": 201.0,
		"bytes_in": 5.0, "bytes_out": 7.0, "remote": "127.0.0.1", "subject": "account-7",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(line["timestamp"])); err != nil {
		t.Error(err)
	}
	if d, ok := line["duration_ms"].(float64); !ok || d < 0 || d > 10_000 {
		t.Errorf("duration_ms is %v", line["duration_ms"])
	}
	for _, absent := range []string{"error", "refused"} {
		if line[absent] != nil {
			t.Errorf("%s is %v", absent, line[absent])
		}
	}
}

func TestLogMetricsAndAnswerAgree(t *testing.T) {
	r := newRig(t, nil)
	for _, status := range []int{200, 204, 301, 404, 418, 500, 503} {
		r.HandleFunc(fmt.Sprintf("GET /%d", status), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	r.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	want := map[string]int{"/200": 200, "/204": 204, "/301": 301, "/404": 404, "/418": 418, "/500": 500, "/503": 503, "/silent": 200}
	for path, status := range want {
		if got := r.ask("GET", path).Code; got != status {
			t.Errorf("%s was answered %d", path, got)
		}
		if n := r.counted("GET", path, fmt.Sprintf("%dxx", status/100)); n != 1 {
			t.Errorf("%s counts %d", path, n)
		}
	}
	for _, line := range r.lines("request.completed", len(want)) {
		status := want[line["route"].(string)]
		level := map[bool]string{true: "error", false: "info"}[status >= 500]
		if line["status"] != float64(status) || line["level"] != level {
			t.Errorf("%v", line)
		}
	}
	if v := r.series("http_server_requests_in_flight")[0].Gauge.GetValue(); v != 0 {
		t.Errorf("%v in flight", v)
	}
}

func TestInFlightIsWhatIsBeingServed(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) {
		if v := r.series("http_server_requests_in_flight")[0].Gauge.GetValue(); v != 1 {
			t.Errorf("%v in flight", v)
		}
	})
	r.ask("GET", "/")
}

func TestErrorsOfHandlersAreLoggedOnce(t *testing.T) {
	r := newRig(t, nil)
	r.HandleErr("GET /broken", func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("load order: %w", errors.New("db (127.0.0.1:5432): no answer within 500ms"))
	})
	r.HandleErr("GET /missing", func(http.ResponseWriter, *http.Request) error {
		return problem.New(404, "there is no such order")
	})
	w := r.ask("GET", "/broken")
	if w.Code != 500 || strings.Contains(w.Body.String(), "5432") || !strings.Contains(w.Body.String(), `"trace_id":"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	r.ask("GET", "/missing")
	lines := r.lines("request.completed", 2)
	if lines[0]["error"] != "load order: db (127.0.0.1:5432): no answer within 500ms" || lines[0]["level"] != "error" {
		t.Errorf("%v", lines[0])
	}
	if !strings.Contains(w.Body.String(), fmt.Sprint(lines[0]["trace_id"])) {
		t.Error("the answer names another trace than the line")
	}
	if lines[1]["error"] != nil || lines[1]["level"] != "info" {
		t.Errorf("what the caller did wrong is not the service's error: %v", lines[1])
	}
}

func TestQuietRoutesSpeakOnlyOfFailures(t *testing.T) {
	r := newRig(t, nil)
	status := 200
	r.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, inbound.Quiet())
	r.ask("GET", "/readyz")
	r.lines("request.completed", 0)
	status = 503
	r.ask("GET", "/readyz")
	r.lines("request.completed", 1)
	if r.counted("GET", "/readyz", "2xx") != 1 || r.counted("GET", "/readyz", "5xx") != 1 {
		t.Error("quiet routes are counted all the same")
	}
}

// Ten thousand paths of a scanner, and methods nobody ever heard of, must leave
// nothing behind.
func TestWhatCallersSendAddsNoSeries(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /orders/{id}", order)
	r.HandleFunc("/any/{id}", order)
	methods := []string{"GET", "POST", "BREW", "PROPFIND", "get", "CONNECTX"}
	round := func(n int) {
		for i := range n {
			r.ask(methods[i%len(methods)], fmt.Sprintf("/scan/%d/%x", i, i*7919))
			r.ask(methods[i%len(methods)], fmt.Sprintf("/orders/%d", i))
			r.ask(methods[i%len(methods)], fmt.Sprintf("/any/%d", i))
		}
	}
	round(len(methods))
	before := len(r.series("http_server_request_duration_seconds"))
	round(10_000)
	if after := len(r.series("http_server_request_duration_seconds")); after != before {
		t.Errorf("%d series became %d", before, after)
	}
	for _, m := range r.series("http_server_request_duration_seconds") {
		switch route, method := label(m, "route"), label(m, "method"); {
		case route != "/orders/{id}" && route != "/any/{id}" && route != "unmatched",
			method != "GET" && method != "POST" && method != "other":
			t.Errorf("a series of %s %s", method, route)
		}
	}
}

func TestNothingOfTheCallersIsTold(t *testing.T) {
	const canary = "canary7391"
	r := newRig(t, func(o *inbound.Options) { o.Sampled = func(parentContext) bool { return true } })
	r.HandleFunc("GET /ok/{id}", order)
	r.HandleErr("POST /decode", func(w http.ResponseWriter, req *http.Request) error {
		_, err := inbound.Decode[newOrder](w, req)
		return err
	})
	r.HandleFunc("GET /panic/{id}", func(_ http.ResponseWriter, req *http.Request) { panic("no " + req.PathValue("id")) })
	for _, path := range []string{"/ok/", "/decode/", "/panic/", "/nowhere/"} {
		for _, method := range []string{"GET", "POST", canary} {
			r.ask(method, path+canary+"?q="+canary, "Authorization", canary, "Cookie", canary, "User-Agent", canary,
				"Traceparent", canary, "Tracestate", canary, "Request-Timeout", canary, "X-Forwarded-For", canary, "Content-Type", canary)
		}
	}
	told := string(r.log.bytes())
	for _, s := range r.spans.Ended() {
		told += fmt.Sprint(s.Name(), s.Attributes(), s.Status(), s.Events())
	}
	families, _ := r.registry.Gather()
	told += fmt.Sprint(families)
	if at := strings.Index(told, canary); at >= 0 {
		t.Errorf("told: …%s…", told[max(0, at-200):at+20])
	}
}

func TestAnyLoggerWillDo(t *testing.T) {
	var text bytes.Buffer
	r := newRig(t, func(o *inbound.Options) { o.Log = slog.New(slog.NewJSONHandler(&text, nil)) })
	r.HandleErr("GET /broken", func(_ http.ResponseWriter, req *http.Request) error {
		inbound.SetSubject(req.Context(), "account-7")
		return errors.New("no answer")
	})
	r.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	r.ask("GET", "/broken", "Traceparent", unsampled)
	r.ask("GET", "/panic", "Traceparent", unsampled)
	for _, want := range []string{
		`"msg":"request.completed"`, `"msg":"request.panicked"`, `"trace_id":"0af7651916cd43dd8448eb211c80319c"`, `"span_id":"`,
		`"method":"GET"`, `"route":"/broken"`, `"status":500`, `"subject":"account-7"`, `"error":"no answer"`, `"bytes_out":`, `"remote":"192.0.2.1"`,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, text.String())
		}
	}
}

func TestALevelThatIsOffIsNotWritten(t *testing.T) {
	var text bytes.Buffer
	r := newRig(t, func(o *inbound.Options) { o.Log = log.New(&text, log.Options{Level: slog.LevelError}) })
	r.HandleFunc("GET /{id}", order)
	r.HandleFunc("GET /broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	r.ask("GET", "/7")
	if text.Len() > 0 {
		t.Errorf("%s", text.String())
	}
	r.ask("GET", "/broken")
	if !strings.Contains(text.String(), `"level":"error"`) {
		t.Errorf("%q", text.String())
	}
}

func TestSetSubjectOutsideOfAMuxDoesNothing(t *testing.T) {
	inbound.SetSubject(context.Background(), "account-7")
}

// What is said of a status is kept from request to request: each line must
// still have its own.
func TestEachLineHasItsOwnStatus(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /{status}", func(w http.ResponseWriter, req *http.Request) {
		status, _ := strconv.Atoi(req.PathValue("status"))
		w.WriteHeader(status)
	})
	asked := []int{200, 201, 200, 404, 200, 503, 404, 799, 999, 101}
	for _, status := range asked {
		r.ask("GET", "/"+strconv.Itoa(status), "Traceparent", sampled)
	}
	for i, line := range r.lines("request.completed", len(asked)) {
		if line["status"] != float64(asked[i]) || line["method"] != "GET" || line["route"] != "/{status}" {
			t.Errorf("%d: %v", asked[i], line)
		}
		for _, a := range r.spans.Ended()[i].Attributes() {
			if a.Key == "http.response.status_code" && int(a.Value.AsInt64()) != asked[i] {
				t.Errorf("%d: %v", asked[i], a.Value)
			}
		}
	}
}
