package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/problem"
)

// answer writes err to a recorder and returns the answer and its body.
func answer(t *testing.T, r *http.Request, err error) (*http.Response, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	problem.Write(w, r, err)
	body := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
	}
	return w.Result(), body
}

func get() *http.Request { return httptest.NewRequest("GET", "/orders/7?token=canary", nil) }

func TestWriteSendsTheProblem(t *testing.T) {
	resp, body := answer(t, get(), &problem.Problem{
		Type: "https://example.com/problems/sold-out", Title: "Sold out", Status: 409,
		Detail: "none is left", Instance: "/orders/7",
		Errors: []problem.Field{{Pointer: "/items/0", Detail: "is sold out"}},
	})
	if resp.StatusCode != 409 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	for key, want := range map[string]string{
		"type": "https://example.com/problems/sold-out", "title": "Sold out", "status": "409",
		"detail": "none is left", "instance": "/orders/7", "errors": "[map[detail:is sold out pointer:/items/0]]",
	} {
		if got := fmt.Sprint(body[key]); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if resp.Header.Get("Retry-After") != "" || body["trace_id"] != nil {
		t.Errorf("neither a time nor a trace was given: %v %v", resp.Header, body)
	}
}

func TestWriteNeverSendsTheTextOfOtherErrors(t *testing.T) {
	secret := errors.New("dial 10.0.0.7: password=hunter2")
	for _, err := range []error{
		secret,
		fmt.Errorf("load: %w", secret),
		(*problem.Problem)(nil),
		nil,
		problem.New(500, "").Because(secret),
		fmt.Errorf("hunter2: %w", problem.New(404, "there is no such order").Because(secret)),
	} {
		w := httptest.NewRecorder()
		problem.Write(w, get(), err)
		if strings.Contains(w.Body.String(), "hunter2") || strings.Contains(w.Body.String(), "canary") {
			t.Errorf("%v was sent as %s", err, w.Body)
		}
		if w.Code != 500 && w.Code != 404 {
			t.Errorf("%v: %d", err, w.Code)
		}
	}
}

func TestWriteSendsWrappedProblems(t *testing.T) {
	resp, body := answer(t, get(), fmt.Errorf("place order: %w", problem.Newf(422, "%d is too many", 7)))
	if resp.StatusCode != 422 || body["detail"] != "7 is too many" || body["title"] != "Unprocessable Entity" {
		t.Errorf("%d %v", resp.StatusCode, body)
	}
}

func TestWriteSendsOtherStatusesAs500(t *testing.T) {
	for _, status := range []int{0, 99, 200, 304, 399, 600, 1000, -1} {
		if resp, body := answer(t, get(), problem.New(status, "")); resp.StatusCode != 500 || body["status"] != 500.0 {
			t.Errorf("%d was sent as %d %v", status, resp.StatusCode, body)
		}
	}
}

func TestWriteRoundsRetryAfterUp(t *testing.T) {
	for after, want := range map[time.Duration]string{
		time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Minute: "60",
	} {
		p := problem.New(503, "")
		p.RetryAfter = after
		if resp, _ := answer(t, get(), p); resp.Header.Get("Retry-After") != want {
			t.Errorf("%s became %q, want %q", after, resp.Header.Get("Retry-After"), want)
		}
	}
}

func TestWriteNamesTheTrace(t *testing.T) {
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 15: 2}, SpanID: trace.SpanID{3}})
	r := get()
	r = r.WithContext(trace.ContextWithSpanContext(r.Context(), sc))
	if _, body := answer(t, r, errors.New("x")); body["trace_id"] != "01000000000000000000000000000002" {
		t.Errorf("trace_id is %v", body["trace_id"])
	}
	own := problem.New(500, "")
	own.TraceID = "mine"
	if _, body := answer(t, r, own); body["trace_id"] != "mine" {
		t.Errorf("trace_id is %v", body["trace_id"])
	}
	if own.Status != 500 || own.Title != "" {
		t.Errorf("Write changed the problem: %+v", own)
	}
}

func TestWriteTakesBackWhatWasMeantForSuccess(t *testing.T) {
	w := httptest.NewRecorder()
	for _, name := range []string{"Content-Length", "Content-Encoding", "ETag", "Cache-Control"} {
		w.Header().Set(name, "9")
	}
	w.Header().Set("Allow", "GET")
	problem.Write(w, get(), problem.New(405, ""))
	for _, name := range []string{"Content-Encoding", "ETag", "Cache-Control"} {
		if got := w.Header().Get(name); got != "" {
			t.Errorf("%s is still %q", name, got)
		}
	}
	if w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) || w.Header().Get("Allow") != "GET" {
		t.Errorf("%v", w.Header())
	}
}

func TestHEADHasNoBody(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.New(404, "there is no such order"))
	}))
	defer s.Close()
	resp, err := http.Head(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || len(body) > 0 || resp.ContentLength <= 0 || resp.StatusCode != 404 {
		t.Errorf("%d, Content-Length %d, %q, %v", resp.StatusCode, resp.ContentLength, body, err)
	}
}

func TestErrorTellsTheLogAll(t *testing.T) {
	cause := io.ErrUnexpectedEOF
	p := problem.New(502, "the payment could not be made").Because(cause)
	if got := p.Error(); got != "502 Bad Gateway: the payment could not be made: unexpected EOF" {
		t.Error(got)
	}
	if !errors.Is(fmt.Errorf("pay: %w", p), cause) {
		t.Error("the cause cannot be found")
	}
	if got := (problem.Field{Pointer: "/a", Detail: "is missing"}).Error(); got != "/a is missing" {
		t.Error(got)
	}
	if problem.From(nil) == nil || problem.From(cause).Unwrap() != cause {
		t.Error("From lost the error")
	}
}

// unavailable is an error of another package that knows its answer.
type unavailable struct {
	status int
	after  time.Duration
}

func (unavailable) Error() string                         { return "db (10.0.0.7:5432): hunter2" }
func (u unavailable) ProblemStatus() (int, time.Duration) { return u.status, u.after }

func TestErrorsMayKnowTheirStatus(t *testing.T) {
	down := unavailable{503, 1500 * time.Millisecond}
	for name, c := range map[string]struct {
		err    error
		status int
		after  string
	}{
		"itself":           {down, 503, "2"},
		"wrapped":          {fmt.Errorf("load: %w", down), 503, "2"},
		"joined":           {errors.Join(io.EOF, down), 503, "2"},
		"without a time":   {unavailable{502, 0}, 502, ""},
		"a time long past": {unavailable{503, -time.Second}, 503, ""},
		"no failure":       {unavailable{200, 0}, 500, ""},
		"under a problem":  {problem.New(409, "").Because(down), 409, ""},
		"above a problem":  {errors.Join(down, problem.New(409, "")), 409, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			problem.Write(w, get(), c.err)
			if w.Code != c.status || w.Header().Get("Retry-After") != c.after {
				t.Errorf("%d, Retry-After %q; want %d, %q", w.Code, w.Header().Get("Retry-After"), c.status, c.after)
			}
			if strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("the text was sent: %s", w.Body)
			}
			if !errors.Is(problem.From(c.err), c.err) && !errors.Is(c.err, problem.From(c.err)) {
				t.Error("the error is lost to the log")
			}
		})
	}
}
