package evidence

import (
	"sync"
	"time"
)

// TrialRecorder adds the events of one trial. It is safe for concurrent use.
type TrialRecorder struct {
	rec    *Recorder
	name   string
	mu     sync.Mutex
	phases []phaseChange // by time
}

// phaseChange is the moment from which on a phase is in force.
type phaseChange struct {
	from  time.Time
	phase string
}

// Name returns the trial's name.
func (t *TrialRecorder) Name() string { return t.name }

// SetPhase puts the events that follow under phase.
func (t *TrialRecorder) SetPhase(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phases = append(t.phases, phaseChange{time.Now(), phase})
}

// Phase returns the phase in force.
func (t *TrialRecorder) Phase() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.phases) == 0 {
		return ""
	}
	return t.phases[len(t.phases)-1].phase
}

// PhaseAt returns the phase that was in force at the given moment, "" before
// the first.
func (t *TrialRecorder) PhaseAt(when time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.phases) - 1; i >= 0; i-- {
		if !t.phases[i].from.After(when) {
			return t.phases[i].phase
		}
	}
	return ""
}

// AddLate appends e, which happened at when but is known only now, under the
// phase that was in force then.
func (t *TrialRecorder) AddLate(when time.Time, e Event) {
	e.Trial, e.Phase = t.name, t.PhaseAt(when)
	t.rec.Add(when, e)
}
