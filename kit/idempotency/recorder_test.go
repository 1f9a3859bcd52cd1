package idempotency_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/idempotency"
)

func TestLargeAnswersGoThroughAndAreNotKept(t *testing.T) {
	s := &shop{serve: func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		for range 11 {
			fmt.Fprint(w, strings.Repeat("x", 10))
		}
	}}
	h := guarded(s, idempotency.Options{MaxAnswer: 100})
	if w := (request{key: "k"}).send(h); w.Code != 201 || w.Body.Len() != 110 {
		t.Errorf("the first got %d and %d bytes, want all 110", w.Code, w.Body.Len())
	}
	w := request{key: "k"}.send(h)
	wantProblem(t, w, 409, "The answer was not kept")
	if s.orders != 1 || w.Header().Get("Retry-After") != "" || !strings.Contains(w.Body.String(), "201") {
		t.Errorf("carried out %d times; %v %s", s.orders, w.Header(), w.Body)
	}
}

func TestAnswerOfExactlyTheMostIsKept(t *testing.T) {
	s := &shop{serve: func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Repeat("x", 100)) }}
	h := guarded(s, idempotency.Options{MaxAnswer: 100})
	request{key: "k"}.send(h)
	if w := (request{key: "k"}).send(h); w.Code != 200 || w.Body.Len() != 100 {
		t.Errorf("%d %d bytes", w.Code, w.Body.Len())
	}
}

// TestStreamedAnswer uses a real server: what is flushed must arrive before
// the handler ends, and come back whole.
func TestStreamedAnswer(t *testing.T) {
	next := make(chan struct{})
	s := &shop{serve: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		for i := range 3 {
			fmt.Fprintf(w, "line %d\n", i)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-next
		}
	}}
	server := httptest.NewServer(guarded(s, idempotency.Options{}))
	defer server.Close()
	first := post(t, server)
	lines := bufio.NewScanner(first.Body)
	for i := range 3 {
		if !lines.Scan() || lines.Text() != fmt.Sprint("line ", i) {
			t.Fatalf("line %d: %q, %v", i, lines.Text(), lines.Err())
		}
		next <- struct{}{}
	}
	if lines.Scan() {
		t.Errorf("one more: %s", lines.Text())
	}
	first.Body.Close()

	again := post(t, server)
	defer again.Body.Close()
	body, err := io.ReadAll(again.Body)
	if err != nil || string(body) != "line 0\nline 1\nline 2\n" || again.Header.Get("Content-Type") != "application/x-ndjson" || s.orders != 1 {
		t.Errorf("again: %q, %v, %v; carried out %d times", body, err, again.Header, s.orders)
	}
}

func post(t *testing.T, s *httptest.Server) *http.Response {
	t.Helper()
	r, err := http.NewRequest("POST", s.URL+"/orders", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Idempotency-Key", "k")
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestHeadersOfTheOutsideAreNotTheAnswers(t *testing.T) {
	s := &shop{serve: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Link", "</a>")
		w.Header().Add("Link", "</b>")
		w.Header().Set("Cache-Control", "no-store") // differs from the outside's
		w.WriteHeader(http.StatusEarlyHints)        // not the answer
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("Too-Late", "x")
	}}
	inner, n := guarded(s, idempotency.Options{}), 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Request-Id", fmt.Sprint(n))
		w.Header().Set("Cache-Control", "private")
		inner.ServeHTTP(w, r)
	})
	request{key: "k"}.send(h)
	w := request{key: "k"}.send(h)
	got := w.Header()
	if w.Code != 202 || got.Get("Request-Id") != "2" || got.Get("Cache-Control") != "no-store" || len(got["Link"]) != 2 || got.Get("Too-Late") != "" {
		t.Errorf("%d %v", w.Code, got)
	}
}

// gone is a caller that left.
type gone struct{ *httptest.ResponseRecorder }

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAnswerIsKeptWholeThoughTheCallerLeft(t *testing.T) {
	s := &shop{serve: func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			if _, err := io.WriteString(w, "abc"); err != nil {
				return
			}
		}
	}}
	h := guarded(s, idempotency.Options{})
	r := httptest.NewRequest("POST", "/orders", nil)
	r.Header.Set("Idempotency-Key", "k")
	h.ServeHTTP(gone{httptest.NewRecorder()}, r)
	if w := (request{key: "k"}).send(h); w.Body.String() != "abcabcabc" || s.orders != 1 {
		t.Errorf("%q after %d", w.Body, s.orders)
	}
}

func TestHijackIsRefused(t *testing.T) {
	s := &shop{serve: func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("error %v", err)
		}
	}}
	request{key: "k"}.send(guarded(s, idempotency.Options{}))
}

func BenchmarkReplay(b *testing.B) {
	h := guarded(new(shop), idempotency.Options{})
	request{key: "k", body: "a"}.send(h)
	b.ReportAllocs()
	for b.Loop() {
		request{key: "k", body: "a"}.send(h)
	}
}
