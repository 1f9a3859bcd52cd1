package service

import (
	"net/http"
	"strings"
	"time"
)

// StartLimit is how long an instance may take from its start until it
// answers: run.start, or 30 s.
func (r Run) StartLimit() time.Duration {
	if r.Start > 0 {
		return r.Start.D()
	}
	return 30 * time.Second
}

// GracePeriod is the time from SIGTERM to SIGKILL: run.grace, or 30 s, the
// default of Kubernetes' terminationGracePeriodSeconds.
func (r Run) GracePeriod() time.Duration {
	if r.Grace > 0 {
		return r.Grace.D()
	}
	return 30 * time.Second
}

// BaseURL is what the paths of e are relative to: url, or
// http://127.0.0.1:${port}. The ${port} is left in it.
func (e Endpoints) BaseURL() string {
	if e.URL != "" {
		return e.URL
	}
	return "http://127.0.0.1:${port}"
}

// Dependency returns the dependency called name, or nil.
func (s *Service) Dependency(name string) *Dependency {
	for i := range s.Dependencies {
		if s.Dependencies[i].Name == name {
			return &s.Dependencies[i]
		}
	}
	return nil
}

// IsHTTP reports whether calls to d can be told apart on the wire.
func (d Dependency) IsHTTP() bool { return d.Kind == HTTP }

// Tries is the greatest number of attempts of one call, the first included.
func (d Dependency) Tries() int { return max(1, d.Attempts) }

// StormFactor is how many calls a request may cause on the average while d
// stays down, as a multiple of those that it causes when all is well: storm,
// or 1.2, what Envoy's retry budget allows by default; Google's SRE book has
// its clients stay below 1.1.
func (d Dependency) StormFactor() float64 {
	if d.Storm > 0 {
		return d.Storm
	}
	return 1.2
}

// RecoveryLimit is how long after d's repair a request may still fail:
// recovery, or 30 s, the usual open time of a circuit breaker.
func (d Dependency) RecoveryLimit() time.Duration {
	if d.Recovery > 0 {
		return d.Recovery.D()
	}
	return 30 * time.Second
}

// Method returns the request's method, GET when none is written.
func (t Traffic) Method() string {
	if m, _, ok := strings.Cut(strings.TrimSpace(t.Request), " "); ok {
		return strings.ToUpper(m)
	}
	return http.MethodGet
}

// Path returns the request's path with its query.
func (t Traffic) Path() string {
	if _, p, ok := strings.Cut(strings.TrimSpace(t.Request), " "); ok {
		return strings.TrimSpace(p)
	}
	return strings.TrimSpace(t.Request)
}

// Want returns the status that a healthy service answers with.
func (t Traffic) Want() int {
	if t.Expect != 0 {
		return t.Expect
	}
	return http.StatusOK
}

// NeedsBody reports whether the request carries a body.
func (t Traffic) NeedsBody() bool { return t.JSON != nil || t.Body != "" }

// RequestBudget is the longest that a request of t may take while what it
// uses hangs: its own timeout or else the sum, over the dependencies that it
// uses, of attempts × (timeout + 250 ms of back-off), and one second on top.
// It is 0 where a dependency declares no timeout.
func (s *Service) RequestBudget(t Traffic) time.Duration {
	if t.Timeout > 0 {
		return t.Timeout.D()
	}
	sum := time.Second
	for _, name := range t.Uses {
		d := s.Dependency(name)
		if d == nil || d.Timeout == 0 {
			return 0
		}
		sum += time.Duration(d.Tries()) * (d.Timeout.D() + 250*time.Millisecond)
	}
	return sum
}

// MustBeSet reports whether the service may not start without v. It may not
// unless golive.yaml says required: false.
func (v Variable) MustBeSet() bool { return v.Required == nil || *v.Required }
