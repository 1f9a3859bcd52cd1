package shed_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golive-dev/golive/kit/shed"
)

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestHandlerRefusesByPriority(t *testing.T) {
	l := shed.New(shed.Options{Limit: 2, Log: quiet})
	h := l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	}), func(r *http.Request) shed.Priority {
		if r.URL.Path == "/pay" {
			return shed.Critical
		}
		return shed.Sheddable
	})
	held, _ := l.Acquire(context.Background(), shed.Normal)
	if w := get(h, "/report"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("sheddable: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := get(h, "/pay"); w.Code != http.StatusCreated || !w.Flushed {
		t.Errorf("critical: %d, flushed %v", w.Code, w.Flushed)
	}
	held.Release(true)
	if w := get(h, "/report"); w.Code != http.StatusCreated {
		t.Errorf("sheddable with room: %d", w.Code)
	}
}

func TestHandlerGivesThePlaceBackAfterAPanic(t *testing.T) {
	l := shed.New(shed.Options{Limit: 1, Log: quiet})
	broken := errors.New("broken")
	h := l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(broken) }), nil)
	for range 3 {
		func() {
			defer func() {
				if r := recover(); r != broken {
					t.Errorf("recovered %v, want the handler's own panic", r)
				}
			}()
			get(h, "/")
		}()
	}
}
