package health

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A Loop is a piece of the service's own work that must go on: a consumer, a
// scheduler. It shows that it does by beating.
type Loop struct {
	monitor *Monitor
	name    string
	max     time.Duration
	beaten  atomic.Int64 // since the monitor's epoch
	done    atomic.Bool
}

// Loop adds a loop that beats at least once in max, beginning now. When it does
// not, liveness fails and the platform restarts the process, the only way out
// of a deadlock. So choose max far above the longest round, and never beat
// behind a call to a dependency that has no timeout: an outage would restart
// every replica. It panics if the name is empty or max is not positive.
func (m *Monitor) Loop(name string, max time.Duration) *Loop {
	if name == "" || max <= 0 {
		panic(fmt.Sprintf("health: loop %q needs a name and a time within which it beats", name))
	}
	l := &Loop{monitor: m, name: name, max: max}
	l.Beat()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loops = append(m.loops, l)
	return l
}

// Beat says that the loop goes on. It costs some 40 ns.
func (l *Loop) Beat() { l.beaten.Store(int64(time.Since(l.monitor.epoch))) }

// Done says that the loop ended as it should, and need not beat any more.
func (l *Loop) Done() {
	l.done.Store(true)
	l.monitor.forget(l)
}

func (m *Monitor) forget(l *Loop) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := make([]*Loop, 0, len(m.loops))
	for _, other := range m.loops {
		if other != l {
			kept = append(kept, other)
		}
	}
	m.loops = kept
}

// Pulse is how a [Loop] is.
type Pulse struct {
	Name  string
	Since time.Duration // since the last beat
	Max   time.Duration
}

// Live reports whether every loop has beaten in time, and those that did not.
// It knows nothing of dependencies: a restart mends none of them.
func (m *Monitor) Live() (bool, []Pulse) {
	var stalled []Pulse
	for _, p := range m.pulses() {
		if p.Since > p.Max {
			stalled = append(stalled, p)
		}
	}
	return len(stalled) == 0, stalled
}

func (m *Monitor) pulses() []Pulse {
	m.mu.Lock()
	loops := m.loops
	m.mu.Unlock()
	pulses := make([]Pulse, len(loops))
	for i, l := range loops {
		pulses[i] = Pulse{l.name, max(0, time.Since(m.epoch)-time.Duration(l.beaten.Load())), l.max}
	}
	return pulses
}
