package deployment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "deployment/startup",
	Title: "The service is not ready before it can serve, and starts without its dependencies or says what it lacks",
	Why: `Every rollout and every reschedule is a start. One that is ready too early fails users on
each of them; one that needs its dependencies up first cannot come back after an outage of
everything.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill start sends requests from before the service listens: none that is sent after
readiness first answered 2xx may fail with 5xx or without an answer. Then it starts the
service while each dependency refuses: it must stay up and get ready after the repair
without a restart or, for a critical one, exit with a code other than 0 and a message that
names the dependency, its address or its variable.`,
	Reads: []evidence.Kind{evidence.Recorded("start")},
	After: []string{"deployment/readiness"},
	Judge: judgeStartup,
	Remedy: check.Remedy{Text: `Listen at once for the probes, answer readiness 503 until routes, migrations and critical
dependencies are there, then 200. Connect to dependencies in the background with retries
instead of at start; a missing optional one is a matter of its fallback.`},
})

func judgeStartup(p *check.Pass) error {
	rec, err := p.Drill("start")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "hammer")
	if err == nil {
		err = judgeHammer(p, events)
	}
	undecided := []error{err}
	for _, dep := range p.Service().Dependencies {
		events, err := p.Trial(rec, "without/"+dep.Name)
		if err == nil {
			err = judgeStartWithout(p, dep, events)
		}
		undecided = append(undecided, err)
	}
	return errors.Join(undecided...)
}

func judgeHammer(p *check.Pass, events []evidence.Event) error {
	ready, ok := firstReady(events)
	if !ok {
		return errors.New("drill start: the service was not seen getting ready")
	}
	after := 0
	for at, r := range evidence.Requests(events) {
		if at < ready || strings.HasPrefix(r.Error, "not sent") {
			continue
		}
		after++
		if r.Status >= 500 || r.Status == 0 {
			p.Fail(check.Evidence{Rung: check.Proven, Where: "drill start, hammer",
				Text: fmt.Sprintf("%s %s, %s after readiness answered 2xx: %s", r.Method, r.Path, (at - ready).D().Round(1e6), answered(r)),
				Detail: &check.Detail{Timeline: check.TimelineOf("hammer", events, func(e evidence.Event) bool {
					return e.Request != nil && e.At >= ready && (e.Request.Status >= 500 || e.Request.Status == 0)
				})}})
			return nil
		}
	}
	if after == 0 {
		return errors.New("drill start: no request was sent after the service got ready")
	}
	p.Showf(check.Proven, "drill start, hammer", "ready after %s; none of %d requests sent since then failed", startTook(events, ready), after)
	return nil
}

// firstReady returns when readiness first answered 2xx.
func firstReady(events []evidence.Event) (service.Duration, bool) {
	for at, probe := range evidence.Probes(events, "ready") {
		if up(probe) {
			return at + probe.Took, true
		}
	}
	at, _, ok := evidence.InState(events, evidence.Ready)
	return at, ok
}

func startTook(events []evidence.Event, ready service.Duration) string {
	started, _, _ := evidence.InState(events, evidence.Started)
	return (ready - started).D().Round(1e7).String()
}

func answered(r *evidence.Request) string {
	if r.Status == 0 {
		return "no answer (" + r.Error + ")"
	}
	return fmt.Sprint(r.Status)
}

func judgeStartWithout(p *check.Pass, dep service.Dependency, events []evidence.Event) error {
	where := "drill start, without/" + dep.Name
	fail := func(format string, args ...any) {
		p.Fail(check.Evidence{Rung: check.Proven, Where: where, Text: fmt.Sprintf(format, args...),
			Detail: &check.Detail{Timeline: check.TimelineOf("without/"+dep.Name, events, nil)}})
	}
	if _, exit, exited := evidence.InState(events, evidence.Exited); exited {
		judgeGivingUp(p, dep, events, exit)
		return nil
	}
	if _, ok := firstReady(evidence.In(evidence.PhaseFault, events)); ok && dep.Critical {
		fail("started without %s, which is critical, the service says that it is ready", dep.Name)
		return nil
	}
	if _, ok := firstReady(evidence.In(evidence.PhaseRepaired, events)); !ok {
		fail("started without %s, the service did not get ready after it was back", dep.Name)
		return nil
	}
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseRepaired, events)) {
		if !r.OK() {
			fail("started without %s, the service got ready after it was back, but %s: %s", dep.Name, r.Name, answered(r))
			return nil
		}
	}
	p.Showf(check.Proven, where, "started without %s and was ready after it was back, without a restart", dep.Name)
	return nil
}

// judgeGivingUp judges a service that exits when a dependency is not there.
func judgeGivingUp(p *check.Pass, dep service.Dependency, events []evidence.Event, exit *evidence.Instance) {
	where := "drill start, without/" + dep.Name
	code := -1
	if exit.Exit != nil {
		code = *exit.Exit
	}
	fail := func(format string, args ...any) {
		p.Fail(check.Evidence{Rung: check.Proven, Where: where, Text: fmt.Sprintf(format, args...), Detail: lastLines(events)})
	}
	switch {
	case !dep.Critical:
		fail("the service exits with code %d when it starts without %s, which is declared optional", code, dep.Name)
	case code == 0:
		fail("the service exits with code 0 when it starts without %s", dep.Name)
	case !tells(p.Service(), dep, events):
		fail("the service exits with code %d when it starts without %s, and does not say what it lacks", code, dep.Name)
	default:
		p.Showf(check.Proven, where, "exits with code %d and says what it lacks", code)
	}
}

// trouble matches what a message about an address says when it is not about
// the service's own.
var trouble = regexp.MustCompile(`(?i)refus|unreach|connect|dial|fail|error|cannot|could not|timeout|timed out|lost`)

// tells reports whether the output names the dependency, the variable that
// holds its address or its kind, or says what is wrong with an address.
func tells(s *service.Service, dep service.Dependency, events []evidence.Event) bool {
	words := []string{dep.Name}
	if dep.Kind != service.HTTP && dep.Kind != service.TCP {
		words = append(words, string(dep.Kind))
	}
	for _, pair := range s.Run.Env {
		if strings.Contains(pair.Value, "${"+dep.Name+".") {
			words = append(words, pair.Name)
		}
	}
	for _, line := range output(events) {
		if slices.ContainsFunc(words, func(w string) bool { return holdsWord(line, w) }) {
			return true
		}
		if strings.Contains(line, "127.0.0.1:") && trouble.MatchString(line) {
			return true
		}
	}
	return false
}
