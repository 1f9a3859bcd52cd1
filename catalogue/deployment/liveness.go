package deployment

import (
	"errors"
	"fmt"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

var _ = check.Register(check.Check{
	ID:    "deployment/liveness",
	Title: "A process health endpoint answers whatever becomes of the dependencies",
	Why: `The platform restarts what is not alive. If liveness follows a dependency, its outage
restarts every replica at once, and the restarts outlast the outage.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `endpoints.live is asked every 200 ms, at most 1 s each, while each dependency is refused
(drill down) and accepted but silent (drill hang): it must answer 2xx throughout. One probe
without an answer is forgiven, two in a row are not.`,
	Reads: []evidence.Kind{evidence.Recorded("down"), evidence.Recorded("hang"), evidence.Recorded("start")},
	Judge: judgeLiveness,
	Remedy: check.Remedy{Text: `Let the liveness endpoint answer 200 from the process alone, without a call to anything.
What dependencies do belongs into readiness.`},
})

func judgeLiveness(p *check.Pass) error {
	if p.Service().Endpoints.Live == "" {
		return errors.New("golive.yaml does not name the liveness endpoint; add endpoints.live")
	}
	if len(p.Service().Dependencies) == 0 {
		return judgeLiveAlone(p)
	}
	return eachOutage(p, judgeLiveIn)
}

func judgeLiveIn(p *check.Pass, o *outage) error {
	if err := o.read(p); err != nil {
		return err
	}
	path := p.Service().Endpoints.Live
	if _, how, failed := o.before("live").failing(); failed {
		p.Fail(o.finding("live", "GET %s %s with every dependency up", path, how))
		return nil
	}
	during := o.during("live")
	at, how, failed := during.failing()
	switch {
	case failed:
		p.Fail(o.finding("live", "GET %s %s, %s after %s was %s", path, how, o.since(at), o.dep.Name, o.how))
	case during.none():
		return fmt.Errorf("%s: liveness was not asked while %s was %s", o.where(), o.dep.Name, o.how)
	case !up(during.probes[len(during.probes)-1]):
		return fmt.Errorf("%s: the last probe while %s was %s gave no answer, and no other came to tell why", o.where(), o.dep.Name, o.how)
	default:
		p.Showf(check.Proven, o.where(), "%d of %d probes answered 2xx while %s was %s", during.ups(), len(during.probes), o.dep.Name, o.how)
	}
	return nil
}

// judgeLiveAlone judges a service without dependencies: there is nothing that
// liveness could follow, so that it answers at all is the proof.
func judgeLiveAlone(p *check.Pass) error {
	rec, err := p.Drill("start")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "hammer")
	if err != nil {
		return err
	}
	for _, probe := range evidence.Probes(events, "live") {
		if up(probe) {
			p.Showf(check.Proven, "drill start, hammer", "answered %d; no dependency is declared that it could follow", probe.Status)
			return nil
		}
	}
	p.Failf(check.Proven, "drill start, hammer", "GET %s never answered 2xx", p.Service().Endpoints.Live)
	return nil
}
