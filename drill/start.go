package drill

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "start",
	Breaks: "sends requests from before the service listens, and starts it while each dependency refuses",
	Undoes: "the dependency is repaired, and the service has to get ready without a restart",
	Lacks: func(s *service.Service) string {
		if s.Endpoints.Ready == "" {
			return "golive.yaml does not name the readiness endpoint (endpoints.ready), so there is no telling when the service is ready"
		}
		return ""
	},
	Run: func(ctx context.Context, s *Session) error {
		trials := []string{"hammer"}
		for _, name := range dependencyNames(s.Service()) {
			trials = append(trials, "without/"+name)
		}
		return s.Each(ctx, trials, start)
	},
})

func start(ctx context.Context, t *Trial) error {
	if name, ok := strings.CutPrefix(t.rec.Name(), "without/"); ok {
		return startWithout(ctx, t, name)
	}
	return hammer(ctx, t)
}

// hammerFor is how long requests are sent after the service says that it is
// ready, besides what one that was sent just before takes.
const hammerFor = 2 * time.Second

// hammer sends requests and asks readiness without a pause while the service
// starts and for a while after it says that it is ready.
func hammer(ctx context.Context, t *Trial) error {
	if !t.session.pre.ready {
		return noEvidencef("the service never became ready, even without a fault: %s", t.session.pre.unready)
	}
	makers, err := t.Makers(nil)
	if err != nil {
		return err
	}
	hammering, stop := context.WithCancel(ctx)
	defer stop()
	stopProbes := t.Watch(hammering, 20*time.Millisecond, nil)
	var group sync.WaitGroup
	for _, m := range makers {
		group.Go(func() { t.hammerWith(hammering, m) })
	}
	err = t.Boot(ctx)
	if err == nil {
		Pause(ctx, hammerFor+t.session.pre.slowest())
	}
	stop()
	stopProbes()
	group.Wait()
	return err
}

func (t *Trial) hammerWith(ctx context.Context, m *load.Maker) {
	for ctx.Err() == nil {
		q := m.Next()
		q.Name = "hammer"
		// Not the hammering context: a request cut by its end would look
		// like one that the service dropped.
		r := load.Do(context.WithoutCancel(ctx), q, answerLimit)
		if r.Status != 0 || !refused(r) {
			t.Record(evidence.PhaseControl, r)
		}
		Pause(ctx, 20*time.Millisecond)
	}
}

// refused reports whether r met no listener: before the first answer of a
// starting service that is as it should be, and there are hundreds of them.
func refused(r load.Result) bool { return strings.Contains(r.Error, "connection refused") }

// startWithout starts the service while a dependency refuses, watches what it
// says of itself, repairs the dependency, and waits until it is ready.
func startWithout(ctx context.Context, t *Trial, name string) error {
	makers, err := t.Makers(nil)
	if err != nil {
		return err
	}
	t.rec.SetPhase(evidence.PhaseFault)
	fault := proxy.Refuse{}
	t.Break(name, fault, "before the service starts")
	if err := t.Start(ctx, rig.StartOptions{}); err != nil {
		return err
	}
	ready := new(readiness)
	ready.failing.Store(true)
	stop := t.Watch(ctx, probePeriod, ready.hear)
	defer stop()
	// Long enough for a service that gives up after some attempts to do so.
	if t.endsByItself(ctx, steadyFor) {
		t.AwaitGone(ctx, goneLimit)
		return nil
	}
	hits := t.Repair(name, fault)
	t.rec.SetPhase(evidence.PhaseRepaired)
	dep := t.session.Service().Dependency(name)
	Pause(ctx, 2*probePeriod) // for an answer that is not older than the repair
	back := Until(ctx, dep.RecoveryLimit(), probePeriod, func() bool { return !ready.failing.Load() })
	t.rec.Notef("%d calls to %s were refused; ready after its repair: %t", hits, name, back)
	if back {
		for _, m := range makers {
			t.Send(ctx, m.Next(), answerLimit)
		}
	}
	return nil
}

// exitsWithin reports whether the main process ends within d.
func (t *Trial) exitsWithin(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.Exited():
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	select {
	case <-t.Exited():
		return true
	default:
		return false
	}
}
