package drill

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "hang",
	Breaks: "lets one dependency after another hang in five shapes: connect, silence, headers, body drips, headers drip",
	Undoes: "the proxy forwards again and closes what hung",
	Lacks:  lacksDependencies,
	Run: func(ctx context.Context, s *Session) error {
		var trials []string
		for _, d := range s.Service().Dependencies {
			for _, shape := range hangShapes(d) {
				trials = append(trials, d.Name+"/"+shape.Shape())
			}
		}
		return s.Each(ctx, trials, hang)
	},
})

// dripEvery is the pause between two bytes of a dripping answer: shorter
// than any idle timeout, so that only a deadline for the whole call ends it.
const dripEvery = 500 * time.Millisecond

// hangShapes are the ways in which a peer can keep a caller waiting. Measured
// over common HTTP clients, each of the five is survived by some client that
// survives the others; a byte stream without known framing has no headers to
// let drip.
func hangShapes(d service.Dependency) []proxy.Fault {
	shapes := []proxy.Fault{proxy.Connect{}, proxy.Silence{}, proxy.Headers{}, proxy.Drip{Every: dripEvery}}
	if d.IsHTTP() {
		shapes = append(shapes, proxy.HeaderDrip{Every: dripEvery})
	}
	return shapes
}

func hang(ctx context.Context, t *Trial) error {
	svc := t.session.Service()
	name, shape, _ := strings.Cut(t.rec.Name(), "/")
	dep := svc.Dependency(name)
	var fault proxy.Fault
	for _, f := range hangShapes(*dep) {
		if f.Shape() == shape {
			fault = f
		}
	}
	makers, err := t.Makers(Uses(name))
	if err != nil {
		return err
	}
	if len(makers) == 0 {
		return noEvidencef("no traffic in golive.yaml says that it uses %s; add it to uses", name)
	}
	if err := t.Boot(ctx); err != nil {
		return err
	}
	ready := new(readiness)
	stop := t.Watch(ctx, probePeriod, ready.hear)
	defer stop()
	if err := t.Control(ctx, makers); err != nil {
		return err
	}
	t.rec.SetPhase(evidence.PhaseFault)
	t.Break(name, fault, "")
	t.hangOn(ctx, *dep, shape, makers, ready)
	hits := t.Repair(name, fault)
	t.rec.SetPhase(evidence.PhaseRepaired)
	if hits == 0 {
		return noEvidencef("nothing called %s while it hung: the fault was not hit", name)
	}
	for _, m := range makers {
		t.Send(ctx, m.Next(), answerLimit)
	}
	return nil
}

// hangOn sends two requests of each maker at once and waits until they and
// the calls that they caused have ended, or for as long as an answer is
// waited for. With the silence, the most common of hangs, it also waits to
// see what readiness does.
func (t *Trial) hangOn(ctx context.Context, dep service.Dependency, shape string, makers []*load.Maker, ready *readiness) {
	begin := time.Now()
	var watch time.Duration
	var group sync.WaitGroup
	for _, m := range makers {
		wait := watchFor(t.session.Service(), m.Traffic())
		watch = max(watch, wait)
		for range 2 {
			q := m.Next()
			group.Go(func() { t.Send(ctx, q, wait) })
		}
	}
	group.Wait()
	answered := time.Now()
	// A connect that never completes may go on when nobody waits for it any
	// more, as net/http's does; the requests have shown what there is to see.
	Until(ctx, watch-time.Since(begin), 50*time.Millisecond, func() bool {
		return shape == (proxy.Connect{}).Shape() || !anyFrom(t.Proxy(dep.Name).InFlight(), answered)
	})
	if shape != (proxy.Silence{}).Shape() || t.session.Service().Endpoints.Ready == "" {
		return
	}
	if dep.Critical {
		Until(ctx, readinessLimit-time.Since(begin), 50*time.Millisecond, ready.failing.Load)
		return
	}
	Pause(ctx, steadyFor-time.Since(begin))
}

// anyFrom reports whether any of the calls in flight began before a moment;
// later ones, such as the service's own health checks, come and go.
func anyFrom(calls []evidence.Call, moment time.Time) bool {
	age := time.Since(moment)
	return slices.ContainsFunc(calls, func(c evidence.Call) bool { return c.Took.D() >= age })
}
