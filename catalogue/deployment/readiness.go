package deployment

import (
	"errors"
	"fmt"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "deployment/readiness",
	Title: "Readiness follows exactly the dependencies that are declared critical",
	Why: `A replica that says it is ready and cannot serve gets its share of the users and fails
them. One that is unready for a dependency it can do without takes itself out for nothing.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `endpoints.ready is asked every 200 ms, at most 1 s each, while each dependency is refused
(drill down) and accepted but silent (drill hang). With critical: true it must fail within
endpoints.period, or 10 s, the period of Kubernetes, and answer 2xx again after the repair
without a restart; otherwise it must answer 2xx throughout. 404 is not ready.`,
	Reads: []evidence.Kind{evidence.Recorded("down"), evidence.Recorded("hang"), evidence.Recorded("start")},
	Judge: judgeReadiness,
	Remedy: check.Remedy{Text: `Check each critical dependency in the background, with a timeout of its own, and let the
readiness endpoint answer from the last results: 503 when one of them fails. Leave optional
dependencies out. If the field's other view is yours – that a shared dependency must not take
all replicas out at once – declare it critical: false and decide what requests get without it.`},
})

func judgeReadiness(p *check.Pass) error {
	if p.Service().Endpoints.Ready == "" {
		return errors.New("golive.yaml does not name the readiness endpoint; add endpoints.ready")
	}
	if len(p.Service().Dependencies) == 0 {
		return judgeReadyAlone(p)
	}
	return eachOutage(p, judgeReadyIn)
}

func judgeReadyIn(p *check.Pass, o *outage) error {
	if err := o.read(p); err != nil {
		return err
	}
	if _, how, failed := o.before("ready").failing(); failed {
		p.Fail(o.finding("ready", "GET %s %s with every dependency up", p.Service().Endpoints.Ready, how))
		return nil
	}
	if o.during("ready").none() {
		return fmt.Errorf("%s: readiness was not asked while %s was %s", o.where(), o.dep.Name, o.how)
	}
	if o.dep.Critical {
		return judgeCritical(p, o)
	}
	return judgeOptional(p, o)
}

// judgeCritical wants readiness to follow. Here no answer within a second is
// one: the platform takes it for unready, as with a check that hangs itself.
func judgeCritical(p *check.Pass, o *outage) error {
	path, limit := p.Service().Endpoints.Ready, readyLimit(p.Service())
	during := o.during("ready")
	at, how, down := during.firstDown()
	switch {
	case !down && during.span() < limit-time.Second:
		return fmt.Errorf("%s: %s was %s for only %.1fs, too short to see readiness follow", o.where(), o.dep.Name, o.how, during.span().Seconds())
	case !down:
		p.Fail(o.finding("ready", "GET %s answered 2xx for %.1fs while %s, which is critical, was %s", path, during.span().Seconds(), o.dep.Name, o.how))
	case (at - o.put).D() > limit:
		p.Fail(o.finding("ready", "GET %s %s only %s after %s was %s; the limit is %s", path, how, o.since(at), o.dep.Name, o.how, limit))
	case o.drill == "down" && !readyAgain(o.after("ready")):
		p.Fail(o.finding("ready", "GET %s did not answer 2xx again after %s was back", path, o.dep.Name))
	default:
		p.Show(o.finding("", "not ready %s after %s was %s: %s (all replicas at once, if they share it)", o.since(at), o.dep.Name, o.how, how))
	}
	return nil
}

// readyLimit is how long readiness may take to follow a dependency: some
// periods of the platform's, or 10 s, Kubernetes' default periodSeconds.
func readyLimit(s *service.Service) time.Duration {
	const kubernetes = 10 * time.Second
	return max(s.Endpoints.Period.D(), kubernetes)
}

// steadyFor is how long readiness must have been seen to stay.
const steadyFor = 3 * time.Second

func judgeOptional(p *check.Pass, o *outage) error {
	during := o.during("ready")
	at, how, failed := during.failing()
	switch {
	case failed:
		p.Fail(o.finding("ready", "GET %s %s, %s after %s was %s, which is declared optional (critical: false)",
			p.Service().Endpoints.Ready, how, o.since(at), o.dep.Name, o.how))
	case during.span() < steadyFor || during.ups() == 0:
		return fmt.Errorf("%s: %s was %s for only %.1fs, too short to see readiness stay", o.where(), o.dep.Name, o.how, during.span().Seconds())
	default:
		p.Show(o.finding("", "stayed ready for %.1fs while %s, which is optional, was %s", during.span().Seconds(), o.dep.Name, o.how))
	}
	return nil
}

// readyAgain reports whether the last probe after the repair was answered 2xx.
func readyAgain(after probed) bool {
	return !after.none() && up(after.probes[len(after.probes)-1])
}

// judgeReadyAlone judges a service without dependencies: it has to become
// ready, and that is all that readiness can follow.
func judgeReadyAlone(p *check.Pass) error {
	rec, err := p.Drill("start")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "hammer")
	if err != nil {
		return err
	}
	if _, _, ready := evidence.InState(events, evidence.Ready); !ready {
		return errors.New("drill start: the service was not seen getting ready")
	}
	p.Showf(check.Proven, "drill start, hammer", "became ready; no dependency is declared that it could follow")
	return nil
}
