package measure

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var sunk []byte

func TestRunCountsOperationsTimeAndAllocations(t *testing.T) {
	cost, err := Run(20*time.Millisecond, func(n int) {
		for range n {
			sunk = make([]byte, 64)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if cost.Operations == 0 || cost.Operations%batch != 0 {
		t.Errorf("%d operations, want a multiple of %d", cost.Operations, batch)
	}
	if each := cost.AllocationsEach(); each < 1 || each > 1.5 {
		t.Errorf("%.2f allocations per operation, want 1", each)
	}
	if cost.CPU <= 0 || cost.PerOperation() < 0 {
		t.Errorf("processor time %v, want some", cost.CPU)
	}
}

func TestHandlerIsAskedAsACallerWould(t *testing.T) {
	asked := 0
	loop, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != "/users/42" || !strings.HasSuffix(r.Header.Get("traceparent"), "-01") || r.Pattern != "" {
			t.Errorf("asked for %s with %v and a pattern %q", r.URL.Path, r.Header, r.Pattern)
		}
		if len(w.Header()) != 0 {
			t.Errorf("headers %v of another answer", w.Header())
		}
		w.Header().Set("X-Left", "behind")
		r.Pattern = "left behind"
	}), true)
	if err != nil {
		t.Fatal(err)
	}
	loop(3)
	if asked != 3 {
		t.Errorf("asked %d times, want 3", asked)
	}
}

func TestLoadCountsGoodAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("traceparent"))
	}))
	defer server.Close()
	n, err := Load(t.Context(), server.Listener.Addr().String(), false, 50*time.Millisecond)
	if err != nil || n == 0 {
		t.Errorf("%d answers, error %v", n, err)
	}
}

func TestLoadRefusesOtherAnswers(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"stream": func(w http.ResponseWriter, _ *http.Request) { http.NewResponseController(w).Flush() },
		"cut":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(h)
			defer server.Close()
			if n, err := Load(t.Context(), server.Listener.Addr().String(), false, 50*time.Millisecond); err == nil {
				t.Errorf("%d answers and no error", n)
			}
		})
	}
}
