package outbound_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/outbound"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

const canary = "4111-1111-canary"

// Whatever goes wrong and whatever the transport says about it, neither the error nor the log holds what the caller
// put into the URL, the headers and the body, or what the peer sent.
func TestNothingOfTheRequestIsTold(t *testing.T) {
	for name, transport := range map[string]roundTripper{
		"status": func(req *http.Request) (*http.Response, error) { return answer(req, 500, canary, "X", canary), nil },
		"good":   func(req *http.Request) (*http.Response, error) { return answer(req, 200, canary, "X", canary), nil },
		"broken": func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: req.URL.String(), Err: errors.New("refused by " + canary)}
		},
		"malformed": func(*http.Request) (*http.Response, error) { return nil, errors.New("malformed answer " + canary) },
		"silent":    silent,
		"cut": func(req *http.Request) (*http.Response, error) {
			resp := answer(req, 200, "")
			resp.Body, resp.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("x"), brokenReader{})), 10
			return resp, nil
		},
	} {
		for _, withKit := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s kit/log=%v", name, withKit), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var plain bytes.Buffer
					spans := tracetest.NewSpanRecorder()
					c := outbound.Config{Timeout: time.Second, Attempts: 2, Transport: transport,
						Tracer: sdk.NewTracerProvider(sdk.WithSpanProcessor(spans), sdk.WithSampler(sdk.AlwaysSample()))}
					if !withKit {
						c.Log = slog.New(slog.NewJSONHandler(&plain, &slog.HandlerOptions{Level: slog.LevelDebug}))
					}
					client, told := newClient(t, c)
					ctx, end := sampled(t)
					req, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://payments.test/"+canary+"?card="+canary+"#"+canary, strings.NewReader(canary))
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("Authorization", canary)
					text := ""
					if _, err = client.Do(req); err != nil {
						text = failure(t, nil, err).Error()
					}
					end()
					for what, got := range map[string]string{"error": text, "log": told.text() + plain.String(), "spans": fmt.Sprint(tracetest.SpanStubsFromReadOnlySpans(spans.Ended()))} {
						if strings.Contains(got, canary) {
							t.Errorf("the %s holds it: %s", what, got)
						}
					}
					if told.text()+plain.String() == "" || len(spans.Ended()) == 0 {
						t.Error("nothing was told at all")
					}
				})
			})
		}
	}
}

func TestAFailureIsLoggedOnceWithAllThatIsNeeded(t *testing.T) {
	client, told := newClient(t, outbound.Config{Timeout: 5 * time.Second, Try: 800 * time.Millisecond, Attempts: 2})
	l := listen(t)
	address := l.Addr().String()
	_ = l.Close()
	resp, err := client.Get("http://" + address + "/")
	e := failure(t, resp, err)
	if want := "payments (" + address + "): connection refused, attempt 2/2, timeout 800ms"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	if e.Dependency != "payments" || e.Host != "127.0.0.1" || e.Host+":"+e.Port != address || e.Timeout != 800*time.Millisecond {
		t.Errorf("got %+v", e)
	}
	line := told.only("call.failed")
	for key, want := range map[string]any{"level": "error", "service": "orders", "dependency": "payments", "host": "127.0.0.1", "port": e.Port, "method": "GET",
		"outcome": "unreachable", "timeout_ms": 800.0, "attempt": 2.0, "attempts": 2.0, "error": e.Error()} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if retried := told.only("call.retried"); retried["level"] != "debug" || retried["attempt"] != 1.0 || retried["wait_ms"] == nil {
		t.Errorf("got %v", retried)
	}
	if n := strings.Count(told.text(), `"level":"error"`); n != 1 {
		t.Errorf("%d error lines:\n%s", n, told.text())
	}
}

func TestAnAnsweredCallIsOneLineAndOneObservation(t *testing.T) {
	for _, status := range []int{200, 404} {
		client, told := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) { return answer(req, status, ""), nil })})
		mustGet(t, client, "https://payments.test/charges")
		line := told.only("call.completed")
		for key, want := range map[string]any{"level": "info", "dependency": "payments", "host": "payments.test", "port": "443", "method": "GET", "status": float64(status), "attempt": 1.0} {
			if line[key] != want {
				t.Errorf("%s is %v, want %v", key, line[key], want)
			}
		}
		if strings.Count(told.text(), "\n") != 1 || told.value("http_client_request_duration_seconds", "dependency", "payments", "outcome", "answered") != 1 {
			t.Errorf("got %s", told.text())
		}
	}
}

func TestAnotherLoggerGetsTheSameFields(t *testing.T) {
	var out bytes.Buffer
	client, _ := newClient(t, outbound.Config{Log: slog.New(slog.NewTextHandler(&out, nil)),
		Transport: roundTripper(func(req *http.Request) (*http.Response, error) { return answer(req, 200, ""), nil })})
	mustGet(t, client, "http://payments.test/charges")
	for _, part := range []string{"msg=call.completed", "dependency=payments", "host=payments.test", "port=80", "method=GET", "status=200", "attempt=1", "duration_ms="} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q lacks %q", out.String(), part)
		}
	}
}

// sampled returns a context within a sampled span of a caller.
func sampled(t testing.TB) (context.Context, func()) {
	provider := sdk.NewTracerProvider(sdk.WithSampler(sdk.AlwaysSample()))
	ctx, span := provider.Tracer("caller").Start(t.Context(), "GET /orders", trace.WithSpanKind(trace.SpanKindServer))
	return ctx, func() { span.End() }
}

func TestEachAttemptHasASpanOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spans := tracetest.NewSpanRecorder()
		var sent []string
		client, told := newClient(t, outbound.Config{Attempts: 2,
			Tracer: sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)),
			Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				sent = append(sent, req.Header.Get("Traceparent"))
				if len(sent) == 1 {
					return answer(req, 503, ""), nil
				}
				return answer(req, 200, ""), nil
			})})
		ctx, end := sampled(t)
		defer end()
		parent := trace.SpanContextFromContext(ctx)
		resp, err := client.Do(request(t, ctx, http.MethodGet, "http://payments.test:8082/"))
		if err != nil {
			t.Fatal(err)
		}
		_ = body(t, resp)
		ended := spans.Ended()
		if len(ended) != 2 {
			t.Fatalf("%d spans, want 2", len(ended))
		}
		for i, span := range ended {
			want := fmt.Sprintf("00-%s-%s-01", parent.TraceID(), span.SpanContext().SpanID())
			if sent[i] != want || span.Parent().SpanID() != parent.SpanID() || span.SpanKind() != trace.SpanKindClient || span.Name() != "GET payments" {
				t.Errorf("span %d %q sent %s, want %s", i, span.Name(), sent[i], want)
			}
		}
		if line := told.only("call.completed"); line["trace_id"] != parent.TraceID().String() || line["span_id"] != parent.SpanID().String() {
			t.Errorf("the line belongs to another trace: %v", line)
		}
	})
}

func TestTraceparentIsSentWithANewSpanIdAlways(t *testing.T) {
	const incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"
	unsampled := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	flagged := unsampled.WithTraceFlags(trace.FlagsSampled)
	for _, c := range []struct {
		name   string
		ctx    context.Context
		header string
		trace  string // the trace id to be continued
		flags  string
	}{
		{"no trace", t.Context(), "", "", "00"},
		{"unsampled", trace.ContextWithSpanContext(t.Context(), unsampled), "", unsampled.TraceID().String(), "00"},
		{"sampled, no SDK", trace.ContextWithSpanContext(t.Context(), flagged), "", flagged.TraceID().String(), "01"},
		{"a proxy's header", t.Context(), incoming + "01", "0af7651916cd43dd8448eb211c80319c", "01"},
		{"a malformed header", t.Context(), "00-zz", "", "00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent string
			client, _ := newClient(t, outbound.Config{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				sent = req.Header.Get("Traceparent")
				return answer(req, 200, ""), nil
			})})
			req := request(t, c.ctx, http.MethodGet, "http://payments.test/")
			if c.header != "" {
				req.Header.Set("Traceparent", c.header)
			}
			if _, err := client.Do(req); err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(sent, "-")
			if len(parts) != 4 || len(sent) != 55 || (c.trace != "" && parts[1] != c.trace) || parts[2] == "0200000000000000" || parts[2] == "b7ad6b7169203331" {
				t.Fatalf("sent %q", sent)
			}
			if got := parts[3][1] & 1; got != c.flags[1]&1 {
				t.Errorf("sent %q, want flags %s", sent, c.flags)
			}
			if c.header != "" && req.Header.Get("Traceparent") != c.header {
				t.Error("the caller's own request was changed")
			}
		})
	}
}

func TestTheRemainingTimeIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		client, _ := newClient(t, outbound.Config{Timeout: time.Second, Try: 800 * time.Millisecond, Attempts: 2, Backoff: outbound.Backoff{Base: 1, Cap: 1},
			Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				sent = append(sent, req.Header.Get("Request-Timeout"))
				return silent(req)
			})})
		_, _ = client.Get("http://payments.test/")
		ctx, cancel := timeoutOf(t, 300*time.Millisecond)
		defer cancel()
		_, _ = client.Do(request(t, ctx, http.MethodGet, "http://payments.test/"))
		if got := strings.Join(sent, " "); got != "800ms 199ms 300ms" {
			t.Errorf("sent %s", got)
		}
	})
}
