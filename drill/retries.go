package drill

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "retries",
	Breaks: "lets one dependency after another answer 503 to everything, with and without Retry-After, and callers leave meanwhile; other protocols are refused",
	Undoes: "the proxy forwards again",
	Lacks:  lacksDependencies,
	Run: func(ctx context.Context, s *Session) error {
		var trials []string
		for _, d := range s.Service().Dependencies {
			for _, way := range retryWays(d) {
				trials = append(trials, d.Name+"/"+way.name)
			}
		}
		return s.Each(ctx, trials, retries)
	},
})

// chains is how many requests are sent at once. Waits with 10 % of jitter are
// told from waits without in 98 of 100 runs of that many, and no run of fixed
// waits in 2,000 looked as if it had jitter (measured).
const chains = 20

// retryAfter is the shortest time that the header can ask for.
const retryAfter = 1

// retryWay is a way of failing that makes callers try again.
type retryWay struct {
	name  string
	fault proxy.Fault
	most  time.Duration // how long an answer is waited for at most
	after time.Duration // how long attempts are watched for after that
	leave time.Duration // when callers hang up, beyond what an answer takes; 0: they stay
}

// retryWays lists them. Who may try once only has nothing to give up when its
// caller leaves.
func retryWays(d service.Dependency) []retryWay {
	if !d.IsHTTP() {
		return []retryWay{{name: "refuse", fault: proxy.Refuse{}, most: 4 * time.Second, after: settleFor}}
	}
	ways := []retryWay{
		{name: "failing", fault: proxy.Status{}, most: 6 * time.Second, after: settleFor},
		{name: "retry-after", fault: proxy.Status{RetryAfter: retryAfter}, most: 3 * time.Second, after: settleFor},
	}
	if d.Tries() > 1 {
		ways = append(ways, retryWay{name: "left", fault: proxy.Status{}, leave: 200 * time.Millisecond, after: 2 * time.Second})
	}
	return ways
}

func retries(ctx context.Context, t *Trial) error {
	name, wayName, _ := strings.Cut(t.rec.Name(), "/")
	dep := t.session.Service().Dependency(name)
	var way retryWay
	for _, w := range retryWays(*dep) {
		if w.name == wayName {
			way = w
		}
	}
	makers, err := t.beginWith(ctx, name)
	if err != nil {
		return err
	}
	t.rec.SetPhase(evidence.PhaseFault)
	t.Break(name, way.fault, way.told())
	t.burst(ctx, makers, way)
	Pause(ctx, way.after)
	hits := t.Repair(name, way.fault)
	t.rec.SetPhase(evidence.PhaseRepaired)
	if hits == 0 && (dep.IsHTTP() || !t.called(name)) {
		return noEvidencef("nothing called %s while it failed: the fault was not hit", name)
	}
	return nil
}

func (w retryWay) told() string {
	switch w.name {
	case "retry-after":
		return "503 with Retry-After: 1, to 20 requests at once"
	case "left":
		return "503, to 20 requests at once, whose callers hang up"
	case "refuse":
		return "while 20 requests come at once"
	}
	return "503, to 20 requests at once"
}

// beginWith boots the instance and sends the control of the traffic that uses
// a dependency.
func (t *Trial) beginWith(ctx context.Context, dep string) ([]*load.Maker, error) {
	makers, err := t.Makers(Uses(dep))
	if err != nil {
		return nil, err
	}
	if len(makers) == 0 {
		return nil, noEvidencef("no traffic in golive.yaml says that it uses %s; add it to uses", dep)
	}
	if err := t.Boot(ctx); err != nil {
		return nil, err
	}
	return makers, t.Control(ctx, makers)
}

// burst sends the requests of every maker at once, each with ids of its own,
// and waits for their answers, or until their callers hang up.
func (t *Trial) burst(ctx context.Context, makers []*load.Maker, way retryWay) {
	var group sync.WaitGroup
	for _, m := range makers {
		limit := min(watchFor(t.session.Service(), m.Traffic()), way.most)
		if way.leave > 0 {
			limit = way.leave + t.session.pre.answers[m.Traffic().Name]
		}
		for range chains {
			q := m.Next()
			group.Go(func() { t.Send(ctx, q, limit) })
		}
	}
	group.Wait()
}
