package resilience

import (
	"fmt"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "resilience/recovery",
	Title: "When a dependency is back, so is the service, without a restart",
	Why: `A service that has to be restarted after its database was away turns one incident into
two, and the second one happens at night.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill down refuses each dependency, repairs it, and sends requests until ten rounds in
a row succeed. Counted is the time from the repair to the last failure: at most
dependencies.NAME.recovery, or 30 s.`,
	Reads: []evidence.Kind{evidence.Recorded("down")},
	Judge: judgeRecovery,
	Remedy: check.Remedy{Text: `Let connections be made anew for each call or by a pool that drops broken ones, close
circuit breakers after a probe succeeds, and look addresses up again. Never cache a failure
without an end.`},
})

func judgeRecovery(p *check.Pass) error {
	return eachDependency(p, "down", func(rec *evidence.Recording, dep service.Dependency) error {
		events, err := p.Trial(rec, dep.Name)
		if err != nil {
			return err
		}
		return judgeRecoveryOf(p, dep, events)
	})
}

// steady is how many answers after the last failure show that it was the last.
const steady = 10

func judgeRecoveryOf(p *check.Pass, dep service.Dependency, events []evidence.Event) error {
	repaired, _, ok := evidence.First(evidence.Faults(events, false))
	after := evidence.In(evidence.PhaseRepaired, events)
	if _, _, sent := evidence.First(evidence.Requests(after)); !ok || !sent {
		return fmt.Errorf("drill down, %s: no request was sent after the repair", dep.Name)
	}
	where := "drill down, " + dep.Name
	if _, _, exited := evidence.InState(events, evidence.Exited); exited {
		p.Fail(check.Evidence{Rung: check.Proven, Where: where, Detail: outage(dep.Name, events),
			Text: fmt.Sprintf("the service exited while %s was down", dep.Name)})
		return nil
	}
	recovered, good := repaired, 0
	var last *evidence.Request
	for at, r := range evidence.Requests(after) {
		good++
		if !r.OK() {
			recovered, good, last = at+r.Took, 0, r
		}
	}
	took, limit := (recovered - repaired).D(), dep.RecoveryLimit()
	switch {
	case good < steady && (last == nil || (seenUntil(after)-repaired).D() < limit-time.Second):
		return fmt.Errorf("drill down, %s: only %d requests were answered since the repair, or the last failure after it; %d show that it is over", dep.Name, good, steady)
	case good < steady || took > limit:
		p.Fail(check.Evidence{Rung: check.Proven, Where: where, Detail: outage(dep.Name, events),
			Text: fmt.Sprintf("%s after %s was back, %s; the limit is %s", took.Round(100*time.Millisecond), dep.Name, failure(last), limit)})
	default:
		p.Show(check.Evidence{Rung: check.Proven, Where: where, Detail: outage(dep.Name, events),
			Text: fmt.Sprintf("%s after %s was back every request succeeded again", took.Round(10*time.Millisecond), dep.Name)})
	}
	return nil
}

// seenUntil returns until when requests were watched.
func seenUntil(events []evidence.Event) (end service.Duration) {
	for at, r := range evidence.Requests(events) {
		end = max(end, at+r.Took)
	}
	return end
}

// failure says what became of a request.
func failure(r *evidence.Request) string {
	switch {
	case r.Open:
		return fmt.Sprintf("%s was still without an answer after %s", r.Name, seconds(r.Took))
	case r.Status == 0:
		return fmt.Sprintf("%s got no answer (%s)", r.Name, r.Error)
	}
	return fmt.Sprintf("%s still got %d", r.Name, r.Status)
}

// outage draws a trial in which a dependency was away.
func outage(trial string, events []evidence.Event) *check.Detail {
	return &check.Detail{Timeline: check.TimelineOf(trial, events, func(e evidence.Event) bool {
		return e.Request != nil && e.Phase == evidence.PhaseRepaired && !e.Request.OK()
	})}
}
