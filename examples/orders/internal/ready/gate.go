// Package ready decides whether the platform should send requests to this
// instance. What it says is known beforehand, by checks in the background,
// so that a hanging dependency never makes the answer late.
package ready

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	// interval is the time between two checks of a dependency.
	interval = 500 * time.Millisecond
	// confirm is the time from a first failure to the check that confirms it:
	// one stalled moment is no outage.
	confirm = 100 * time.Millisecond
	// failures is how many checks in a row must fail.
	failures = 2
)

// Check asks whether a critical dependency answers. It must end by itself.
type Check struct {
	Name string
	Run  func(context.Context) error
}

// Gate is open while the instance is ready. It is safe for concurrent use.
type Gate struct {
	log    *slog.Logger
	checks []Check

	mu       sync.Mutex
	waiting  map[string]bool
	draining bool
}

// NewGate returns a gate that is shut until each check has succeeded.
func NewGate(log *slog.Logger, checks ...Check) *Gate {
	g := &Gate{log: log, checks: checks, waiting: map[string]bool{}}
	for _, c := range checks {
		g.waiting[c.Name] = true
	}
	return g
}

// Watch runs the checks, side by side, until ctx ends.
func (g *Gate) Watch(ctx context.Context) {
	var all sync.WaitGroup
	for _, c := range g.checks {
		all.Go(func() { g.watch(ctx, c) })
	}
	all.Wait()
}

func (g *Gate) watch(ctx context.Context, c Check) {
	for failed := 0; ; {
		err := c.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := interval
		if err == nil {
			failed = 0
			g.set(c.Name, false, "")
		} else if failed++; failed >= failures {
			g.set(c.Name, true, err.Error())
		} else {
			wait = confirm
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// set notes whether the gate waits for the dependency and logs a change.
func (g *Gate) set(name string, waiting bool, reason string) {
	g.mu.Lock()
	changed := g.waiting[name] != waiting
	g.waiting[name] = waiting
	g.mu.Unlock()
	switch {
	case changed && waiting:
		g.log.Warn("dependency.lost", "dependency", name, "error", reason)
	case changed:
		g.log.Info("dependency.found", "dependency", name)
	}
}

// Drain shuts the gate for good: the instance is about to stop.
func (g *Gate) Drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.draining = true
}

// Draining reports whether [Gate.Drain] was called.
func (g *Gate) Draining() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.draining
}

// Waiting returns, sorted, what keeps the gate shut: the names of
// dependencies, or "shutdown". It is empty when the instance is ready.
func (g *Gate) Waiting() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining {
		return []string{"shutdown"}
	}
	var names []string
	for name, waiting := range g.waiting {
		if waiting {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
