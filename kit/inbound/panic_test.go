package inbound_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/inbound"
)

func TestAPanicIsAnsweredAndKeepsTheConnection(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /panic", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("ETag", `"x"`)
		panic("hunter2")
	})
	r.HandleFunc("GET /fine/{id}", order)
	address := r.listen()
	conn := dial(t, address)
	answers := newAnswers(conn)
	send(t, conn, "GET /panic HTTP/1.1\nHost: x\nTraceparent: "+unsampled+"\n\n")
	resp, body := answers.next(t, "GET")
	if resp.StatusCode != 500 || !strings.Contains(body, `"trace_id":"0af7651916cd43dd8448eb211c80319c"`) ||
		strings.Contains(body, "hunter2") || resp.Header.Get("ETag") != "" {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, body)
	}
	send(t, conn, "GET /fine/7 HTTP/1.1\nHost: x\n\n")
	if resp, _ := answers.next(t, "GET"); resp.StatusCode != 200 {
		t.Errorf("the next request on the connection: %d", resp.StatusCode)
	}
	line := r.lines("request.panicked", 1)[0]
	if line["trace_id"] != "0af7651916cd43dd8448eb211c80319c" || line["route"] != "/panic" || line["level"] != "error" ||
		!strings.Contains(line["stack"].(string), "panic_test.go") || !strings.Contains(line["error"].(string), "type string") {
		t.Errorf("%v", line)
	}
	if completed := r.lines("request.completed", 2); completed[0]["status"] != 500.0 {
		t.Errorf("%v", completed[0])
	}
	if r.counted("GET", "/panic", "5xx") != 1 {
		t.Error("the panic is not counted")
	}
	if strings.Contains(string(r.log.bytes()), "hunter2") {
		t.Error("what a panic holds was logged")
	}
}

func TestTheRuntimesPanicsAreLoggedAsTheyAre(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(_ http.ResponseWriter, req *http.Request) {
		var orders []int
		_ = orders[len(req.Method)]
	})
	r.ask("GET", "/")
	if line := r.lines("request.panicked", 1)[0]; !strings.Contains(line["error"].(string), "index out of range [3] with length 0") {
		t.Errorf("%v", line["error"])
	}
}

func TestAnAnswerThatFailsHalfwayIsCut(t *testing.T) {
	for name, h := range map[string]inbound.Func{
		"panic": func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic("the rest cannot be had")
		},
		"error": func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			return errors.New("the rest cannot be had")
		},
		"abort": func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.HandleErr("GET /", h)
			resp, err := http.Get("http://" + r.listen())
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "half" {
				t.Errorf("the caller cannot see that %q is not whole: %v", body, err)
			}
			if line := r.completed(); line["status"] != 500.0 || line["level"] != "error" {
				t.Errorf("%v", line)
			}
			if r.counted("GET", "/", "5xx") != 1 {
				t.Error("the failure is not counted")
			}
			r.lines("request.panicked", map[string]int{"panic": 1}[name])
			r.lines("server.error", 0)
		})
	}
}

func TestErrAbortHandlerReachesTheServer(t *testing.T) {
	r := newRig(t, nil)
	r.HandleFunc("GET /", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
		r.lines("request.panicked", 0)
		if r.completed()["status"] != 500.0 {
			t.Errorf("%v", r.completed())
		}
	}()
	r.ask("GET", "/")
}

func TestACallerWhoLeftIsNobodysFailure(t *testing.T) {
	for name, answer := range map[string]inbound.Func{
		"error":   func(_ http.ResponseWriter, req *http.Request) error { return context.Cause(req.Context()) },
		"silence": func(http.ResponseWriter, *http.Request) error { return nil },
		"status":  func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(502); return nil },
		"abort":   func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			entered := make(chan struct{})
			r.HandleErr("GET /", func(w http.ResponseWriter, req *http.Request) error {
				close(entered)
				<-req.Context().Done()
				return answer(w, req)
			})
			conn := dial(t, r.listen())
			send(t, conn, "GET / HTTP/1.1\nHost: x\n\n")
			<-entered
			conn.Close()
			if line := r.completed(); line["status"] != 499.0 || line["level"] != "info" {
				t.Errorf("%v", line)
			}
			if r.counted("GET", "/", "4xx") != 1 || r.counted("GET", "/", "5xx") != 0 {
				t.Error("it was counted as the service's failure")
			}
		})
	}
}

// A service that ends its requests at the end of its grace period has failed
// them, and says so by a cause.
func TestAServerThatStopsIsNotACallerWhoLeft(t *testing.T) {
	r := newRig(t, nil)
	ctx, stop := context.WithCancelCause(context.Background())
	r.HandleErr("GET /", func(_ http.ResponseWriter, req *http.Request) error {
		stop(errors.New("the grace period is over"))
		<-req.Context().Done()
		return req.Context().Err()
	})
	req, err := http.NewRequestWithContext(ctx, "GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.ServeHTTP(&sink{header: http.Header{}}, req)
	if line := r.completed(); line["status"] != 500.0 {
		t.Errorf("%v", line)
	}
}
