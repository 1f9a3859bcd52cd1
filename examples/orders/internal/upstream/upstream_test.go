package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/dependency"
	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

var tea = order.Order{ID: "o-1", Draft: order.Draft{Customer: "c-1", Item: "tea", Quantity: 2}}

// serve starts an upstream; the dependency gives it 200 ms.
func serve(t *testing.T, h http.HandlerFunc) (*url.URL, *dependency.Dependency) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return base, &dependency.Dependency{
		Name: "upstream", Address: base.Host, Timeout: 200 * time.Millisecond, Attempts: 1,
		Log: slog.New(slog.DiscardHandler), Calls: dependency.Durations(),
	}
}

func TestFraudCheck(t *testing.T) {
	for _, accept := range []bool{true, false} {
		fraud := NewFraud(serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.Method != http.MethodPut || r.URL.Path != "/checks/o-1" || strings.Contains(string(body), "c-1") {
				t.Errorf("%s %s %s; the customer is none of its business", r.Method, r.URL.Path, body)
			}
			_ = json.NewEncoder(w).Encode(map[string]bool{"accept": accept})
		}))
		if got, err := fraud.Check(context.Background(), tea); err != nil || got != accept {
			t.Errorf("got %v, %v, want %v", got, err, accept)
		}
	}
}

func TestTheTraceIsPassedOn(t *testing.T) {
	request := trace.New()
	fraud := NewFraud(serve(t, func(w http.ResponseWriter, r *http.Request) {
		span, ok := trace.Parse(r.Header.Get("traceparent"))
		if !ok || span.TraceID() != request.TraceID() || span.SpanID() == request.SpanID() {
			t.Errorf("called in %q by %s", r.Header.Get("traceparent"), request.Traceparent())
		}
		_, _ = io.WriteString(w, "{}")
	}))
	if _, err := fraud.Check(trace.With(context.Background(), request), tea); err != nil {
		t.Error(err)
	}
	if err := NewFraud(serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := trace.Parse(r.Header.Get("traceparent")); !ok || r.URL.Path != "/livez" {
			t.Errorf("%s in %q", r.URL.Path, r.Header.Get("traceparent"))
		}
	})).Ping(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestWhatAnUpstreamMayDoWrong(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // net/http looks for a caller who left only once the body is read
		<-r.Context().Done()
	}
	for want, h := range map[string]http.HandlerFunc{
		"deadline exceeded": hang,
		"reading the answer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.(http.Flusher).Flush()
			hang(w, r)
		},
		"answered 500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"answered 302": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", 302) },
		"not the JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"EOF":          func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		_, err := NewFraud(serve(t, h)).Check(context.Background(), tea)
		var failed *dependency.Error
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "o-1") {
			t.Errorf("got %v; want an error with %q and without the path", err, want)
		}
	}
}

func TestPaymentsReadsItsTokenAtEachCall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	var got []string
	base, d := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
	})
	payments := NewPayments(base, file, d)
	if err := payments.Charge(context.Background(), tea); err == nil || strings.Contains(err.Error(), file) {
		t.Errorf("without the file: %v", err)
	}
	for _, token := range []string{"one\n", "two\n"} {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := payments.Charge(context.Background(), tea); err != nil {
			t.Error(err)
		}
	}
	if err := NewPayments(base, "", d).Charge(context.Background(), tea); err != nil {
		t.Error(err)
	}
	want := "PUT /charges/o-1 Bearer one|PUT /charges/o-1 Bearer two|PUT /charges/o-1 "
	if strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
