package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// behaviour is all that a mutant can break. Each field is one decision of
// the service, as narrow as a mutant needs it.
type behaviour struct {
	// What is written down.
	lines  func(io.Writer) slog.Handler  // the format of the log
	traced func(request span) span       // whose ids the lines of a request carry
	event  func(p *exchange) string      // the name of a request's end
	from   func(p *exchange) []slog.Attr // who sent a request
	extras func(p *exchange) []slog.Attr // what else the line of a request holds

	failed   func(u *upstream, err error) []slog.Attr // the line of a failed call; nil writes none
	exported func(kind) bool                          // which spans the collector gets

	// What is measured.
	latency func(buckets []float64) latency
	buckets []float64
	inUnit  func(took time.Duration) float64             // the duration, in the metric's unit
	route   func(pattern string, r *http.Request) string // the label route
	status  func(int) int                                // the label status

	// What dependencies get to see and how long they may take.
	outgoing func(incoming, call span) string // the traceparent of a call; "" sends none
	client   func(budget time.Duration) *http.Client
	patience func(budget time.Duration) time.Duration // how long a request waits for its call; 0: as long as that takes
	admit    func(failuresInRow int64) bool           // whether a call is made at all
	again    retrying                                 // whether and when one that failed is made again
	lanes    func(name string) lanes                  // how many calls may be under way

	// What users get.
	without  func(failures int64) answer // inventory, after so many failures
	unpriced func() answer               // without prices
	warmUp   time.Duration               // after the start, in which all requests get 503

	// What the platform gets.
	live, ready func(state) bool

	// The life of the process.
	missing   func(name string) string // stands in for a variable that is not set
	complaint func(wrong error) string // what is said about wrong configuration
	prepare   func(ctx context.Context, i *instance) error
	stop      func(i *instance, s *http.Server) error
	exit      int // the code after a stop without an error
}

func healthyBehaviour() behaviour {
	return behaviour{
		lines:  jsonLines,
		traced: func(request span) span { return request },
		event:  func(*exchange) string { return "request.completed" },
		from:   remote,
		extras: func(*exchange) []slog.Attr { return nil },

		failed:   failureAttrs,
		exported: func(kind) bool { return true },

		latency: newHistogram,
		buckets: []float64{.005, .01, .025, .05, .1, .2, .3, .4, .5, .75, 1, 2.5, 5, 10},
		inUnit:  time.Duration.Seconds,
		route:   func(pattern string, _ *http.Request) string { return pattern },
		status:  func(status int) int { return status },

		outgoing: func(_, call span) string { return call.traceparent() },
		client:   boundedClient,
		patience: func(time.Duration) time.Duration { return 0 },
		admit:    func(int64) bool { return true },
		again:    healthyRetrying(),
		lanes:    func(string) lanes { return newLanes(laneCount) },

		without: func(int64) answer {
			return answer{http.StatusServiceUnavailable, map[string]any{"error": "inventory is unavailable"}}
		},

		unpriced: func() answer {
			return answer{http.StatusCreated, map[string]any{"reserved": true, "price": nil, "degraded": "prices"}}
		},

		live:  func(state) bool { return true },
		ready: func(s state) bool { return s.inventory && !s.draining },

		missing:   func(string) string { return "" },
		complaint: error.Error,
		prepare:   func(context.Context, *instance) error { return nil },
		stop:      drainThenShutdown,
	}
}
