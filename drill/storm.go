package drill

import (
	"context"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "storm",
	Breaks: "takes one dependency after another down for 3 s under load: 503 to every request, and for other protocols no connection",
	Undoes: "the proxy forwards again",
	Lacks:  lacksDependencies,
	Run: func(ctx context.Context, s *Session) error {
		return s.Each(ctx, dependencyNames(s.Service()), storm)
	},
})

// The load of an outage. Retry budgets begin with what allows a burst – the
// AWS SDKs, and others after them, with 100 retries – so the first half has to
// be enough to spend it; the second half is what goes on for as long as the
// outage does.
const (
	stormRate = 80 // requests a second, of all traffic together
	stormFor  = 3 * time.Second
	stormTail = 3 * time.Second // how long answers are waited for after the last request
)

func storm(ctx context.Context, t *Trial) error {
	dep := t.session.Service().Dependency(t.rec.Name())
	makers, err := t.beginWith(ctx, dep.Name)
	if err != nil {
		return err
	}
	fault := outageOf(*dep)
	t.rec.SetPhase(evidence.PhaseFault)
	t.Break(dep.Name, fault, "under load")
	limit := func(tr service.Traffic) time.Duration { return min(watchFor(t.session.Service(), tr), stormTail) }
	t.loadAll(ctx, makers, stormRate, stormFor, limit)
	hits := t.Repair(dep.Name, fault)
	t.rec.SetPhase(evidence.PhaseRepaired)
	if hits == 0 && (dep.IsHTTP() || !t.called(dep.Name)) {
		return noEvidencef("nothing called %s while it was down: the fault was not hit", dep.Name)
	}
	return nil
}

// outageOf is how a dependency is down so that each attempt can be counted.
func outageOf(d service.Dependency) proxy.Fault {
	if d.IsHTTP() {
		return proxy.Status{}
	}
	return proxy.Refuse{}
}

// loadAll sends the requests of all makers side by side, at one rate together,
// and returns when each was answered or given up.
func (t *Trial) loadAll(ctx context.Context, makers []*load.Maker, perSecond float64, d time.Duration, limit func(service.Traffic) time.Duration) {
	phase := t.rec.Phase()
	var group sync.WaitGroup
	for _, m := range makers {
		group.Go(func() {
			t.Record(phase, load.Rate(ctx, load.RateOptions{
				PerSecond: perSecond / float64(len(makers)), Duration: d, Limit: limit(m.Traffic()), Next: m.Next,
			})...)
		})
	}
	group.Wait()
}
