package drill

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "isolation",
	Breaks: "lets one dependency after another hang under load, and sends what does not use it beside what does",
	Undoes: "the proxy forwards again and closes what hung",
	Lacks:  lacksDependencies,
	Run: func(ctx context.Context, s *Session) error {
		var trials []string
		for _, name := range dependencyNames(s.Service()) {
			if slices.ContainsFunc(s.Service().Traffic, spares(name)) {
				trials = append(trials, name)
			}
		}
		return s.Each(ctx, trials, isolation)
	},
})

// spares picks the traffic that does not need the dependency.
func spares(dep string) func(service.Traffic) bool {
	return func(tr service.Traffic) bool { return !Uses(dep)(tr) }
}

// The load, with and without the fault. What hangs comes at the declared
// peak, within what a shared machine can send beside other trials; what is
// measured comes often enough for a p99.
const (
	leastHanging, mostHanging = 60, 100 // requests a second
	bystanders                = 60      // requests a second
	wholeFor                  = 1500 * time.Millisecond
	hangingFor                = 3 * time.Second
	bystanderLimit            = 4 * time.Second // a later answer is none
)

func isolation(ctx context.Context, t *Trial) error {
	name := t.rec.Name()
	users, err := t.beginWith(ctx, name)
	if err != nil {
		return err
	}
	others, err := t.Makers(spares(name))
	if err != nil {
		return err
	}
	if err := t.Control(ctx, others); err != nil {
		return err
	}
	t.sideBySide(ctx, users, others, wholeFor)
	t.rec.SetPhase(evidence.PhaseFault)
	fault := proxy.Silence{}
	t.Break(name, fault, fmt.Sprintf("under %.0f requests a second", hangingRate(users)))
	t.sideBySide(ctx, users, others, hangingFor)
	hits := t.Repair(name, fault)
	t.rec.SetPhase(evidence.PhaseRepaired)
	if hits == 0 {
		return noEvidencef("nothing called %s while it hung: the fault was not hit", name)
	}
	return nil
}

// hangingRate is the declared peak of the traffic, within bounds.
func hangingRate(makers []*load.Maker) float64 {
	peak := 0.0
	for _, m := range makers {
		peak += m.Traffic().PeakRate()
	}
	return min(max(peak, leastHanging), mostHanging)
}

// sideBySide sends both loads, and returns when what does not use the
// dependency was answered. The others may hang on: nobody asks how long.
func (t *Trial) sideBySide(ctx context.Context, users, others []*load.Maker, d time.Duration) {
	hanging, release := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { t.loadAll(hanging, users, hangingRate(users), d, wholeAnswer) })
	t.loadAll(ctx, others, bystanders, d, func(service.Traffic) time.Duration { return bystanderLimit })
	if t.rec.Phase() == evidence.PhaseFault {
		release()
	}
	group.Wait()
	release()
}
