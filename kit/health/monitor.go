package health

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options say how a [Monitor] watches dependencies. The zero value is ready for
// use.
type Options struct {
	// Log is told when a dependency goes down, hangs, or is back. nil means
	// [slog.Default].
	Log *slog.Logger
	// Registerer gets the metrics of dependencies and loops. nil means that they
	// are not registered.
	Registerer prometheus.Registerer
	// Every is the pause between two looks at a dependency. 0 means 1 s: an
	// outage is seen within a probe period of Kubernetes, 10 s, and a hundred
	// replicas ask a database a hundred times a second at most.
	Every time.Duration
	// Timeout is how long a check may take. 0 means 500 ms: a dependency that
	// takes longer to say that it is there is not.
	Timeout time.Duration
	// FailAfter is how many failures in a row make a dependency down. 0 means 2:
	// one lost packet must not take a replica out. After a failure the next look
	// comes after a quarter of Every.
	FailAfter int
	// PassAfter is how many passes in a row make it up again. 0 means 1.
	PassAfter int
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 500 * time.Millisecond
	}
	if o.FailAfter <= 0 {
		o.FailAfter = 2
	}
	if o.PassAfter <= 0 {
		o.PassAfter = 1
	}
	return o
}

// A Check asks a dependency whether it is there. It should end when its context
// does. An error, also a panic, is a failure.
type Check func(context.Context) error

// A Monitor knows how a process and its dependencies are. Its answers come from
// memory: a probe never waits for a dependency.
type Monitor struct {
	options Options
	epoch   time.Time

	started, draining atomic.Bool

	mu           sync.Mutex
	dependencies []*dependency
	loops        []*Loop
	changed      chan struct{} // closed and renewed when a dependency's state changes
	cancel       context.CancelFunc
	running      sync.WaitGroup
}

// New returns a monitor that is live and not ready: until [Monitor.SetStarted].
// It panics, as registrations do, if the metrics are in the Registerer already.
func New(o Options) *Monitor {
	m := &Monitor{options: o.withDefaults(), epoch: time.Now(), changed: make(chan struct{})}
	if o.Registerer != nil {
		o.Registerer.MustRegister(collector{m})
	}
	return m
}

// Critical adds a dependency without which the service is not ready. It panics
// if the name is empty or taken, or the monitor was started.
func (m *Monitor) Critical(name string, check Check) { m.add(name, true, check) }

// Optional adds a dependency that the service can do without: it is watched and
// told, and readiness does not follow it. It panics as Critical does.
func (m *Monitor) Optional(name string, check Check) { m.add(name, false, check) }

func (m *Monitor) add(name string, critical bool, check Check) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case name == "" || check == nil:
		panic("health: a dependency needs a name and a check")
	case m.cancel != nil:
		panic(fmt.Sprintf("health: %s comes too late; add dependencies before Start", name))
	}
	for _, d := range m.dependencies {
		if d.name == name {
			panic(fmt.Sprintf("health: %s is there already", name))
		}
	}
	m.dependencies = append(m.dependencies, newDependency(m, name, critical, check))
}

// Start begins to watch the dependencies until ctx ends or Close is called. It
// panics if it was called before.
func (m *Monitor) Start(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cancel != nil {
		panic("health: the monitor was started already")
	}
	ctx, m.cancel = context.WithCancel(ctx)
	for _, d := range m.dependencies {
		m.running.Go(func() { d.watch(ctx) })
	}
}

// Close ends the watching and waits until it has ended. Checks that are under
// way get Timeout to heed that their context has ended; those that do not are
// logged by name, and of each at most one goroutine stays behind.
func (m *Monitor) Close() {
	m.mu.Lock()
	cancel := m.cancel
	m.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	m.running.Wait()
}

// SetStarted says that the service can serve as far as it depends on itself.
func (m *Monitor) SetStarted() { m.started.Store(true) }

// SetDraining says that the service is about to stop: it is not ready from now
// on, whatever its dependencies do.
func (m *Monitor) SetDraining() { m.draining.Store(true) }

// Ready reports whether requests may be sent here, and how each dependency is.
// It is ready once it has started, does not drain, and no critical dependency
// is down or still unknown.
func (m *Monitor) Ready() (bool, []Status) {
	statuses := m.statuses()
	ready := m.started.Load() && !m.draining.Load()
	for _, s := range statuses {
		ready = ready && (!s.Critical || s.State == Up)
	}
	return ready, statuses
}

func (m *Monitor) statuses() []Status {
	m.mu.Lock()
	dependencies := m.dependencies
	m.mu.Unlock()
	statuses := make([]Status, len(dependencies))
	for i, d := range dependencies {
		statuses[i] = d.status()
	}
	return statuses
}

// Wait returns as soon as every critical dependency is up. If ctx ends first
// the error names those that are not.
func (m *Monitor) Wait(ctx context.Context) error {
	for {
		m.mu.Lock()
		changed := m.changed
		m.mu.Unlock()
		missing := m.missing()
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", strings.Join(missing, ", "), context.Cause(ctx))
		}
	}
}

func (m *Monitor) missing() []string {
	var missing []string
	for _, s := range m.statuses() {
		if s.Critical && s.State != Up {
			missing = append(missing, fmt.Sprintf("%s (%s)", s.Name, s.State))
		}
	}
	return missing
}

func (m *Monitor) notify() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.changed)
	m.changed = make(chan struct{})
}
