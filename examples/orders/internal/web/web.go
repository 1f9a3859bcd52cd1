// Package web is the service's face: its routes, what is written down about
// each request, and how it starts and stops.
package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/golive-dev/golive/examples/orders/internal/order"
	"github.com/golive-dev/golive/examples/orders/internal/ready"
	"github.com/golive-dev/golive/examples/orders/internal/trace"
)

// Site is all that the service serves.
type Site struct {
	Desk    *order.Desk
	Gate    *ready.Gate
	Log     *slog.Logger
	Metrics *Metrics
	Scrape  http.Handler // answers GET /metrics
}

// Handler returns the routes. The platform's questions are answered without
// a line or a sample, so that they blur neither.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		answer{http.StatusOK, map[string]bool{"live": true}}.send(w)
	})
	mux.HandleFunc("GET /readyz", s.readiness)
	mux.Handle("GET /metrics", s.Scrape)
	for _, r := range []route{
		{"POST", "/orders", s.place},
		{"GET", "/orders/{id}", s.find},
		{"GET", "/customers/{id}/latest-order", s.latest},
	} {
		mux.Handle(r.method+" "+r.path, s.observed(r))
	}
	// Whatever else is asked counts as one route, whoever made it up.
	mux.Handle("/", s.observed(route{"other", "unmatched", unknown}))
	return mux
}

// readiness tells the platform what the gate says.
func (s *Site) readiness(w http.ResponseWriter, _ *http.Request) {
	if waiting := s.Gate.Waiting(); len(waiting) > 0 {
		answer{http.StatusServiceUnavailable, map[string]any{"ready": false, "waiting_for": waiting}}.send(w)
		return
	}
	answer{http.StatusOK, map[string]bool{"ready": true}}.send(w)
}

type route struct {
	method, path string
	handle       func(*http.Request) answer
}

// observed puts each request in its span and writes its line and its sample.
// The line holds the route's template and never the path, which is the
// customer's.
func (s *Site) observed(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		began := time.Now()
		s.Metrics.inFlight.Inc()
		defer s.Metrics.inFlight.Dec()
		ctx := trace.With(req.Context(), trace.Continue(req.Header.Values(trace.Header)))
		a := s.guarded(r, req.WithContext(ctx))
		if req.Context().Err() != nil {
			a.status = statusClientGone
		}
		took := time.Since(began)
		s.Metrics.observe(r.method, r.path, a.status, took)
		s.Log.LogAttrs(ctx, level(a.status), "request.completed", slog.String("method", r.method), slog.String("route", r.path),
			slog.Int("status", a.status), slog.Float64("duration_ms", float64(took.Microseconds())/1000))
		if s.Gate.Draining() { // whoever comes back should do so elsewhere
			w.Header().Set("Connection", "close")
		}
		a.send(w)
	})
}

// guarded turns a panic into a 500. The line has the type of what was thrown
// and the stack; the value itself could be a customer's.
func (s *Site) guarded(r route, req *http.Request) (a answer) {
	defer func() {
		if thrown := recover(); thrown != nil {
			s.Log.ErrorContext(req.Context(), "request.panicked", "type", fmt.Sprintf("%T", thrown), "stack", string(debug.Stack()))
			a = fail(http.StatusInternalServerError, "internal error")
		}
	}()
	return r.handle(req)
}

func level(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}
