package health

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// State is how a dependency is.
type State string

// The states of a dependency.
const (
	Unknown State = "unknown" // no result yet
	Up      State = "up"
	Down    State = "down" // failed FailAfter times in a row
	Hung    State = "hung" // down, and its check does not end though its time is over
)

// Status is how a dependency is and since when.
type Status struct {
	Name     string
	Critical bool
	State    State
	Since    time.Time     // when the state began
	At       time.Time     // when the last check ended or was given up
	Took     time.Duration // how long the last check took, at most its timeout
	Err      error         // of the last check; nil if it passed. It may hold what only the inside may know
}

// ErrTimeout is wrapped by [Status.Err] when a check took longer than it may.
var ErrTimeout = errors.New("no answer in time")

type dependency struct {
	monitor *Monitor
	name    string
	check   Check

	mu     sync.Mutex
	now    Status
	streak int // results in a row: passes above 0, failures below
}

func newDependency(m *Monitor, name string, critical bool, check Check) *dependency {
	return &dependency{monitor: m, name: name, check: check,
		now: Status{Name: name, Critical: critical, State: Unknown, Since: time.Now()}}
}

func (d *dependency) status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// watch looks at the dependency until ctx ends.
func (d *dependency) watch(ctx context.Context) {
	for {
		pause := d.monitor.options.Every
		if !d.look(ctx) {
			pause /= 4
		}
		// A tenth of jitter, so that replicas that started together do not ask
		// together.
		pause -= rand.N(pause/10 + 1)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// look makes one check and reports whether it passed. It returns only when
// the check has, or ctx has ended, so that there is never more than one.
func (d *dependency) look(ctx context.Context) (passed bool) {
	timeout := d.monitor.options.Timeout
	checking, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began := time.Now()
	result := make(chan error, 1)
	go func() { result <- d.call(checking) }()
	select {
	case err := <-result:
		if ctx.Err() == nil {
			d.note(time.Since(began), d.timed(checking, err))
		}
		return err == nil
	case <-checking.Done():
	}
	if ctx.Err() == nil {
		d.note(timeout, d.timed(checking, checking.Err()))
	}
	d.await(ctx, result)
	return false
}

// timed says in plain words that a check failed because its time was over.
func (d *dependency) timed(checking context.Context, err error) error {
	if err != nil && checking.Err() != nil {
		return fmt.Errorf("%w (%s)", ErrTimeout, d.monitor.options.Timeout)
	}
	return err
}

func (d *dependency) call(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the check panicked: %v", r)
		}
	}()
	return d.check(ctx)
}

// await waits for a check whose time is over. One that takes as long again is
// hung. What it says in the end is too old to count.
func (d *dependency) await(ctx context.Context, result <-chan error) {
	patience := time.NewTimer(d.monitor.options.Timeout)
	defer patience.Stop()
	select {
	case <-result:
		return
	case <-patience.C:
	}
	if ctx.Err() == nil {
		d.hang()
	}
	select {
	case <-result:
	case <-ctx.Done():
		d.monitor.options.Log.Error("health.check_abandoned", "dependency", d.name,
			"hint", "the check ignores its context; its goroutine stays behind")
	}
}

// note counts a result and changes the state when enough came in a row.
func (d *dependency) note(took time.Duration, err error) {
	o := d.monitor.options
	d.turn(func(now *Status) State {
		now.At, now.Took, now.Err = time.Now(), took, err
		if err == nil {
			d.streak = max(d.streak, 0) + 1
		} else {
			d.streak = min(d.streak, 0) - 1
		}
		switch {
		case d.streak >= o.PassAfter || d.streak > 0 && now.State == Unknown:
			return Up
		case -d.streak >= o.FailAfter:
			return Down
		default:
			return now.State
		}
	})
}

// hang makes the dependency hung at once: a check that still runs is as good
// as failures in a row.
func (d *dependency) hang() {
	d.turn(func(*Status) State {
		d.streak = -d.monitor.options.FailAfter
		return Hung
	})
}

// turn changes the state to what decide returns, and tells a change.
func (d *dependency) turn(decide func(now *Status) State) {
	d.mu.Lock()
	from := d.now.State
	to := decide(&d.now)
	if from != to {
		d.now.State, d.now.Since = to, time.Now()
	}
	s := d.now
	d.mu.Unlock()
	if from == to {
		return
	}
	log := d.monitor.options.Log.With("dependency", d.name, "critical", s.Critical)
	if to == Up {
		log.Info("health.dependency_up")
	} else {
		log.Warn("health.dependency_down", "state", string(to), "error", s.Err)
	}
	d.monitor.notify()
}
