package inbound_test

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit/inbound"
	"github.com/golive-dev/golive/kit/problem"
)

func TestNewNamesTheOptionThatIsWrong(t *testing.T) {
	for want, o := range map[string]inbound.Options{
		"Timeout":        {Timeout: -1},
		"MaxBody":        {MaxBody: -1},
		"Rate.PerSecond": {Rate: inbound.Rate{PerSecond: math.NaN()}},
		"Rate.Burst":     {Rate: inbound.Rate{Burst: -1}},
		"Rate.Keys":      {Rate: inbound.Rate{Keys: -1}},
	} {
		if m, err := inbound.New(o); err == nil || m != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestTheZeroOptionsServe(t *testing.T) {
	m, err := inbound.New(inbound.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.HandleFunc("GET /{id}", order)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/7", nil))
	if w.Code != 200 || w.Body.String() != string(answer) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRegistrationThatMakesNoSensePanics(t *testing.T) {
	for name, register := range map[string]func(*inbound.Mux){
		"negative timeout": func(m *inbound.Mux) { m.HandleFunc("GET /", order, inbound.Timeout(-1)) },
		"negative body":    func(m *inbound.Mux) { m.HandleFunc("GET /", order, inbound.MaxBody(-1)) },
		"no rate":          func(m *inbound.Mux) { m.HandleFunc("GET /", order, inbound.RateLimit(0, 1, nil)) },
		"no handler":       func(m *inbound.Mux) { m.Handle("GET /", nil) },
		"bad pattern":      func(m *inbound.Mux) { m.HandleFunc("GET /{", order) },
		"taken pattern": func(m *inbound.Mux) {
			m.HandleFunc("GET /", order)
			m.HandleFunc("GET /", order)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was taken", name)
				}
			}()
			register(newRig(t, nil).Mux)
		}()
	}
}

func TestPatternsAreThoseOfServeMux(t *testing.T) {
	r := newRig(t, nil)
	for _, pattern := range []string{"/any/{id}", "PURGE  /cache/{id}", "example.com/host/{id}", "GET /files/{path...}", "GET /{$}"} {
		r.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
			if req.Pattern != pattern {
				t.Errorf("the handler sees the pattern %q, want %q", req.Pattern, pattern)
			}
			io.WriteString(w, req.PathValue("id")+req.PathValue("path"))
		})
	}
	for _, c := range []struct{ method, target, body, labelled, route string }{
		{"PATCH", "/any/7", "7", "PATCH", "/any/{id}"},
		{"PURGE", "/cache/7", "7", "PURGE", "/cache/{id}"},
		{"PURGE", "/any/7", "7", "other", "/any/{id}"},
		{"GET", "http://example.com/host/7", "7", "GET", "example.com/host/{id}"},
		{"GET", "/files/a/b", "a/b", "GET", "/files/{path...}"},
		{"GET", "/", "", "GET", "/{$}"},
	} {
		if w := r.ask(c.method, c.target); w.Code != 200 || w.Body.String() != c.body {
			t.Errorf("%s %s: %d %s", c.method, c.target, w.Code, w.Body)
		}
		if r.counted(c.labelled, c.route, "2xx") != 1 {
			t.Errorf("%s %s is not counted as %s %s", c.method, c.target, c.labelled, c.route)
		}
	}
}

func TestFailOutsideOfAMux(t *testing.T) {
	w := httptest.NewRecorder()
	inbound.Func(func(http.ResponseWriter, *http.Request) error { return problem.New(404, "gone") }).
		ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}

// The budget is six allocations for the whole duty, http.ServeMux's own with it.
func TestAllocationsOfARequest(t *testing.T) {
	m := fullDuty(t)
	for header, most := range map[string]float64{unsampled: 6, "": 6} {
		w, r := &sink{header: http.Header{}}, request(header)
		if n := testing.AllocsPerRun(1000, func() { m.ServeHTTP(w, r) }); n > most {
			t.Errorf("%q: %v allocations, want at most %v", header, n, most)
		}
	}
}
