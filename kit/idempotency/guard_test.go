package idempotency_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/kit/idempotency"
)

// shop counts what it carries out.
type shop struct {
	orders int
	serve  func(http.ResponseWriter, *http.Request)
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.orders++
	if s.serve != nil {
		s.serve(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Location", fmt.Sprint("/orders/", s.orders))
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "order %d: %s", s.orders, body)
}

func guarded(s *shop, o idempotency.Options) http.Handler {
	return idempotency.New(idempotency.NewMemory(0), o)(s)
}

// request is what a test sends.
type request struct {
	method, path, key, body string
	header                  http.Header
}

func (r request) send(h http.Handler) *httptest.ResponseRecorder {
	if r.method == "" {
		r.method = "POST"
	}
	if r.path == "" {
		r.path = "/orders"
	}
	q := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	for name, values := range r.header {
		q.Header[name] = values
	}
	if r.key != "" {
		q.Header.Add("Idempotency-Key", r.key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, title string) {
	t.Helper()
	var p struct {
		Title  string
		Status int
		Detail string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("no problem+json: %v in %s", err, w.Body)
	}
	if w.Code != status || p.Status != status || p.Title != title || p.Detail == "" {
		t.Errorf("got %d %+v, want %d %q", w.Code, p, status, title)
	}
}

func TestRepetitionGetsTheSameAnswer(t *testing.T) {
	s := new(shop)
	h := guarded(s, idempotency.Options{})
	first := request{key: "k", body: "a"}.send(h)
	for range 3 {
		again := request{key: "k", body: "a"}.send(h)
		if again.Code != 201 || again.Body.String() != "order 1: a" || again.Header().Get("Location") != "/orders/1" {
			t.Errorf("again: %d %s %v", again.Code, again.Body, again.Header())
		}
		if again.Header().Get("Idempotency-Replayed") != "true" {
			t.Error("the repetition is not marked")
		}
	}
	if s.orders != 1 || first.Header().Get("Idempotency-Replayed") != "" || first.Body.String() != "order 1: a" {
		t.Errorf("%d orders; first: %v %s", s.orders, first.Header(), first.Body)
	}
}

func TestSameKeyForSomethingElseIsRefused(t *testing.T) {
	for name, other := range map[string]request{
		"body":    {key: "k", body: "b"},
		"path":    {key: "k", body: "a", path: "/refunds"},
		"query":   {key: "k", body: "a", path: "/orders?express=1"},
		"method":  {key: "k", body: "a", method: "PATCH"},
		"type":    {key: "k", body: "a", header: http.Header{"Content-Type": {"text/xml"}}},
		"no body": {key: "k"},
	} {
		s := new(shop)
		h := guarded(s, idempotency.Options{})
		request{key: "k", body: "a"}.send(h)
		wantProblem(t, other.send(h), 422, "Idempotency-Key is already used")
		if s.orders != 1 {
			t.Errorf("%s: carried out", name)
		}
	}
}

func TestOtherCallersKeyIsAnother(t *testing.T) {
	for name, header := range map[string]http.Header{
		"nobody":        nil,
		"token":         {"Authorization": {"Bearer eve"}},
		"cookie":        {"Cookie": {"session=eve"}},
		"two cookies":   {"Cookie": {"session=bob", "theme=dark"}},
		"moved a comma": {"Authorization": {"Bearer bo"}, "Cookie": {"b"}},
	} {
		s := new(shop)
		h := guarded(s, idempotency.Options{})
		bob := http.Header{"Authorization": {"Bearer bob"}, "Cookie": {"session=bob"}}
		request{key: "k", body: "a", header: bob}.send(h)
		if w := (request{key: "k", body: "a", header: header}).send(h); w.Body.String() != "order 2: a" {
			t.Errorf("%s: got bob's answer: %s", name, w.Body)
		}
		if w := (request{key: "k", body: "a", header: bob}).send(h); w.Body.String() != "order 1: a" {
			t.Errorf("%s: bob got %s", name, w.Body)
		}
	}
}

func TestScopeOfOnesOwn(t *testing.T) {
	s := new(shop)
	h := guarded(s, idempotency.Options{Scope: func(r *http.Request) string { return r.Header.Get("Account") }})
	renewed := func(token, account string) string {
		return request{key: "k", header: http.Header{"Authorization": {token}, "Account": {account}}}.send(h).Body.String()
	}
	if renewed("old", "7") != renewed("new", "7") || s.orders != 1 {
		t.Error("a renewed token made it another request")
	}
	if renewed("new", "8"); s.orders != 2 {
		t.Error("another account got the answer")
	}
}

func TestOnlyFinalAnswersAreKept(t *testing.T) {
	for status, kept := range map[int]bool{
		200: true, 201: true, 202: true, 204: true, 303: true, 400: true, 404: true, 410: true, 422: true,
		401: false, 403: false, 408: false, 409: false, 423: false, 425: false, 429: false, 499: false,
		500: false, 502: false, 503: false, 504: false,
	} {
		s := &shop{serve: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }}
		h := guarded(s, idempotency.Options{})
		request{key: "k"}.send(h)
		if w := (request{key: "k"}).send(h); (s.orders == 1) != kept || w.Code != status {
			t.Errorf("%d: carried out %d times", status, s.orders)
		}
	}
}

func TestPanicFreesTheKey(t *testing.T) {
	s := new(shop)
	s.serve = func(w http.ResponseWriter, r *http.Request) {
		if s.orders == 1 {
			panic("broken")
		}
	}
	h := guarded(s, idempotency.Options{})
	func() {
		defer func() {
			if recover() != "broken" {
				t.Error("the panic was swallowed")
			}
		}()
		request{key: "k"}.send(h)
	}()
	if w := (request{key: "k"}).send(h); w.Code != 200 || s.orders != 2 {
		t.Errorf("%d after %d", w.Code, s.orders)
	}
}

func TestSecondRequestWaitsForTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{serve: func(w http.ResponseWriter, r *http.Request) { time.Sleep(3 * time.Second) }}
		h := guarded(s, idempotency.Options{})
		go request{key: "k", body: "a"}.send(h)
		synctest.Wait()
		w := request{key: "k", body: "a"}.send(h)
		wantProblem(t, w, 409, "A request is outstanding for this Idempotency-Key")
		if w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		wantProblem(t, request{key: "k", body: "b"}.send(h), 422, "Idempotency-Key is already used")
		time.Sleep(4 * time.Second)
		if w := (request{key: "k", body: "a"}).send(h); w.Code != 200 || s.orders != 1 {
			t.Errorf("%d after %d", w.Code, s.orders)
		}
	})
}

func TestRequestEndsWithItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &shop{serve: func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			if took := time.Since(began); took != time.Minute {
				t.Errorf("the context ended after %s, want a minute", took)
			}
		}}
		request{key: "k"}.send(guarded(s, idempotency.Options{}))
	})
}

func TestCallerThatLeft(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(http.ResponseWriter)
		kept  bool
	}{
		"nothing was done":    {func(http.ResponseWriter) {}, false},
		"all was done":        {func(w http.ResponseWriter) { fmt.Fprint(w, "order") }, true},
		"stopped in a stream": {func(w http.ResponseWriter) { fmt.Fprint(w, "or"); w.(http.Flusher).Flush() }, false},
	} {
		s := new(shop)
		ctx, leave := context.WithCancel(t.Context())
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			leave()
			c.serve(w)
		}
		h := guarded(s, idempotency.Options{})
		r := httptest.NewRequestWithContext(ctx, "POST", "/orders", nil)
		r.Header.Set("Idempotency-Key", "k")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if request(request{key: "k"}).send(h); (s.orders == 1) != c.kept {
			t.Errorf("%s: carried out %d times", name, s.orders)
		}
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	s := new(shop)
	h := guarded(s, idempotency.Options{MaxBody: 10})
	wantProblem(t, request{key: "k", body: "12345678901"}.send(h), 413, "Request Entity Too Large")
	if w := (request{key: "k", body: "1234567890"}).send(h); w.Code != 201 || s.orders != 1 {
		t.Errorf("%d after %d", w.Code, s.orders)
	}
}

// failing is a store that fails in one step.
type failing struct {
	idempotency.Store
	begin, complete error
}

func (f failing) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Answer, idempotency.State, error) {
	if f.begin != nil {
		return idempotency.Answer{}, 0, f.begin
	}
	return f.Store.Begin(ctx, c)
}

func (f failing) Complete(ctx context.Context, c idempotency.Claim, a idempotency.Answer, keep time.Duration) error {
	if f.complete != nil {
		return f.complete
	}
	return f.Store.Complete(ctx, c, a, keep)
}

func TestFailingStore(t *testing.T) {
	var log bytes.Buffer
	o := idempotency.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	away := errors.New("db.internal refused")

	s := new(shop)
	w := request{key: "k"}.send(idempotency.New(failing{idempotency.NewMemory(0), away, nil}, o)(s))
	wantProblem(t, w, 503, "Service Unavailable")
	if s.orders != 0 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "db.internal") {
		t.Errorf("%d orders, %v %s", s.orders, w.Header(), w.Body)
	}

	h := idempotency.New(failing{idempotency.NewMemory(0), nil, away}, o)(s)
	if w := (request{key: "k"}).send(h); w.Code != 201 {
		t.Errorf("what was done is answered with %d", w.Code)
	}
	wantProblem(t, request{key: "k"}.send(h), 409, "A request is outstanding for this Idempotency-Key")
	if s.orders != 1 {
		t.Errorf("carried out %d times", s.orders)
	}
	for _, step := range []string{"step=begin", "step=complete"} {
		if !strings.Contains(log.String(), step) {
			t.Errorf("no %s in the log:\n%s", step, &log)
		}
	}
}

func TestWithoutAStoreItPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	idempotency.New(nil, idempotency.Options{})
}
