package drill

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "down",
	Breaks: "refuses every connection to one dependency after another, under requests and probes",
	Undoes: "the proxy forwards again, and requests go on until ten in a row succeed",
	Lacks:  lacksDependencies,
	Run: func(ctx context.Context, s *Session) error {
		return s.Each(ctx, dependencyNames(s.Service()), down)
	},
})

// How long readiness may take to follow a dependency, and how often the
// platform asks. Kubernetes asks every 10 s unless told otherwise.
const (
	readinessLimit = 10 * time.Second
	probePeriod    = 200 * time.Millisecond
	steadyFor      = 5 * time.Second // how long an optional dependency stays down
)

func down(ctx context.Context, t *Trial) error {
	dep := t.session.Service().Dependency(t.rec.Name())
	if err := t.Boot(ctx); err != nil {
		return err
	}
	makers, err := t.Makers(nil)
	if err != nil {
		return err
	}
	ready := new(readiness)
	stop := t.Watch(ctx, probePeriod, ready.hear)
	defer stop()
	if err := t.Control(ctx, makers); err != nil {
		return err
	}
	Pause(ctx, 2*probePeriod)

	t.rec.SetPhase(evidence.PhaseFault)
	fault := proxy.Refuse{}
	t.Break(dep.Name, fault, "")
	t.underFault(ctx, *dep, makers, ready)
	hits := t.Repair(dep.Name, fault)
	t.rec.SetPhase(evidence.PhaseRepaired)
	if hits == 0 && !t.called(dep.Name) {
		return noEvidencef("nothing called %s, neither before nor while it was down: the fault was not hit", dep.Name)
	}
	t.recover(ctx, *dep, makers, ready)
	return nil
}

// underFault sends a round of requests every half second while the fault is
// in force: until readiness has followed a critical dependency, or for long
// enough that it would have.
func (t *Trial) underFault(ctx context.Context, dep service.Dependency, makers []*load.Maker, ready *readiness) {
	begin := time.Now()
	least, most := steadyFor, steadyFor
	if dep.Critical && t.session.Service().Endpoints.Ready != "" {
		least, most = 2*time.Second, readinessLimit
	}
	for ctx.Err() == nil && time.Since(begin) < most {
		t.round(ctx, makers, func(tr service.Traffic) time.Duration { return watchFor(t.session.Service(), tr) })
		if time.Since(begin) >= least && (!dep.Critical || ready.failing.Load()) {
			return
		}
		Pause(ctx, 500*time.Millisecond)
	}
}

// recover sends requests until ten rounds in a row succeed and readiness is
// back, at most for the dependency's recovery limit.
func (t *Trial) recover(ctx context.Context, dep service.Dependency, makers []*load.Maker, ready *readiness) {
	good := 0
	Until(ctx, dep.RecoveryLimit(), 100*time.Millisecond, func() bool {
		good++
		if slices.ContainsFunc(t.round(ctx, makers, wholeAnswer), func(r load.Result) bool { return !r.OK() }) {
			good = 0
		}
		return good >= 10 && !ready.failing.Load()
	})
}

// readiness follows the answers of the readiness endpoint.
type readiness struct{ failing atomic.Bool }

func (r *readiness) hear(p evidence.Probe) {
	if p.Endpoint == "ready" {
		r.failing.Store(p.Status < 200 || p.Status > 299)
	}
}

func lacksDependencies(s *service.Service) string {
	if len(s.Dependencies) == 0 {
		return "golive.yaml declares no dependencies, so there is nothing to break"
	}
	return lacksTraffic(s)
}

func lacksTraffic(s *service.Service) string {
	if len(s.Traffic) == 0 {
		return "golive.yaml declares no traffic, so there is nothing to send; add traffic"
	}
	return ""
}

func dependencyNames(s *service.Service) []string {
	names := make([]string, len(s.Dependencies))
	for i, d := range s.Dependencies {
		names[i] = d.Name
	}
	return names
}

// watchFor is how long an answer is waited for while a dependency is broken:
// twice the request's budget, and at least long enough to tell a slow answer
// from none.
func watchFor(s *service.Service, tr service.Traffic) time.Duration {
	budget := s.RequestBudget(tr)
	if budget == 0 {
		return 10 * time.Second
	}
	return min(max(2*budget, budget+2*time.Second), 20*time.Second)
}
