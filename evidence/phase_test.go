package evidence

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLateEventsGetThePhaseOfTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := NewRecorder("d")
		trial := rec.Trial("t")
		before := time.Now()
		if trial.Phase() != "" || trial.PhaseAt(before) != "" {
			t.Error("there is a phase before the first")
		}
		time.Sleep(time.Second)
		trial.SetPhase(PhaseControl)
		time.Sleep(time.Second)
		between := time.Now()
		time.Sleep(time.Second)
		trial.SetPhase(PhaseFault)
		for when, want := range map[time.Time]string{before: "", between: PhaseControl, time.Now(): PhaseFault} {
			trial.AddLate(when, Event{Note: &Note{Text: want}})
		}
		trial.Add(between, Event{Note: &Note{Text: PhaseFault}})
		for _, e := range rec.Recording().Events {
			if e.Phase != e.Note.Text || e.Trial != "t" {
				t.Errorf("at %v: phase %q, want %q", e.At, e.Phase, e.Note.Text)
			}
		}
	})
}
