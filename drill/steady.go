package drill

import (
	"context"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/service"
)

// What a machine may stall during a trial before its measurements are no
// longer the service's: more at once than the margin that checks allow, or
// this share of the trial in sum.
const (
	longestStall = 300 * time.Millisecond
	stallShare   = 0.15
)

// repeats is how often a trial is run again on a machine that stalls, and
// allRepeats how often all trials of a run together, lest a busy machine make
// it endless. After that the last recording stands, stalls and all, for
// checks to discount.
const (
	repeats    = 2
	allRepeats = 12
)

// steadily runs a trial again while the machine stalled during it.
func (s *Session) steadily(ctx context.Context, name string, body func(ctx context.Context, t *Trial) error) error {
	for again := 0; ; again++ {
		began, err := s.one(ctx, name, body)
		if err != nil || ctx.Err() != nil {
			return err
		}
		stalls := s.Rig.Stalls(began)
		if again == repeats || !unsteady(stalls, time.Since(began)) || s.repeated.Add(1) > allRepeats {
			s.recordStalls(name, stalls)
			return nil
		}
		s.rec.Forget(name)
	}
}

func unsteady(stalls []rig.Stall, took time.Duration) bool {
	var sum time.Duration
	for _, stall := range stalls {
		if stall.Took > longestStall {
			return true
		}
		sum += stall.Took
	}
	return float64(sum) > stallShare*float64(took)
}

func (s *Session) recordStalls(name string, stalls []rig.Stall) {
	rec := s.rec.Trial(name)
	for _, stall := range stalls {
		rec.Add(stall.At, evidence.Event{Stall: &evidence.Stall{Took: service.Duration(stall.Took)}})
	}
}
