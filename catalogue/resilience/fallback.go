package resilience

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "resilience/fallback",
	Title: "For each dependency the behaviour without it is decided, and it is the declared one",
	Why: `What nobody decided is decided by the first exception on the way: a bare 500, a cut
connection, or an answer that looks whole and is not.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drills down (refused) and hang (accepted, then silent) break each dependency. Every
request that uses it must get what dependencies.NAME.without declares: fail – the declared
status, or one 5xx and always the same; degraded – the usual status, and the declared flag,
which no whole answer has, or else a difference from whole answers; stale – the usual
status.`,
	Reads: []evidence.Kind{evidence.Recorded("down"), evidence.Recorded("hang")},
	Judge: judgeFallback,
	Remedy: check.Remedy{Text: `Decide it per dependency and write it into dependencies.NAME.without: fail with 503 and an
error that says what is missing, serve the last good answer, or answer with less and a flag
that says so. Then let one place in the code make that answer, for every way of failing.`},
})

func judgeFallback(p *check.Pass) error {
	if len(p.Service().Dependencies) == 0 {
		return withoutDependencies(p)
	}
	var undecided []error
	for _, dep := range p.Service().Dependencies {
		if dep.Without.Do == "" {
			undecided = append(undecided, fmt.Errorf("golive.yaml does not say what a request gets without %s; add dependencies.%s.without", dep.Name, dep.Name))
			continue
		}
		undecided = append(undecided, judgeWithout(p, dep))
	}
	return errors.Join(undecided...)
}

// broken is one way in which a dependency was broken, and what came of it.
type broken struct {
	dep     service.Dependency
	where   string
	before  []*evidence.Request // answers with everything in them
	answers []*evidence.Request
}

func judgeWithout(p *check.Pass, dep service.Dependency) error {
	var undecided []error
	var ways []broken
	var before []*evidence.Request
	for _, w := range []struct{ drill, trial string }{{"down", dep.Name}, {"hang", dep.Name + "/silence"}} {
		b, err := breakage(p, dep, w.drill, w.trial)
		if err != nil {
			undecided = append(undecided, err)
			continue
		}
		ways, before = append(ways, b), append(before, b.before...)
	}
	same := answersByName{}
	for _, b := range ways {
		b.before = before
		for _, r := range b.answers {
			wrong, err := b.wrong(r)
			if wrong != "" {
				p.Fail(b.finding(r, wrong))
				return nil
			}
			undecided = append(undecided, err)
			same.add(r, b.where)
		}
	}
	if name, told := same.different(); name != "" {
		p.Failf(check.Proven, ways[0].where, "%s without %s does not always get the same answer: %s", name, dep.Name, told)
		return nil
	}
	if err := errors.Join(undecided...); err != nil {
		return err
	}
	for _, b := range ways {
		p.Showf(check.Proven, b.where, "%d requests without %s, all got %s", len(b.answers), dep.Name, b.expected())
	}
	return nil
}

// breakage collects the requests that needed the dependency while it was
// broken, and answers that were whole. Requests that were never answered are a
// matter of timeouts.
func breakage(p *check.Pass, dep service.Dependency, drill, trial string) (broken, error) {
	rec, err := p.Drill(drill)
	if err != nil {
		return broken{}, err
	}
	events, err := p.Trial(rec, trial)
	if err != nil {
		return broken{}, err
	}
	b := broken{dep: dep, where: fmt.Sprintf("drill %s, %s", drill, trial), before: wholeIn(events)}
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseFault, events)) {
		if slices.Contains(r.Uses, dep.Name) && !r.Open {
			b.answers = append(b.answers, r)
		}
	}
	if len(b.answers) == 0 {
		return b, fmt.Errorf("%s: no request that uses %s was answered; see traffic.uses in golive.yaml, and resilience/timeouts", b.where, dep.Name)
	}
	return b, nil
}

// wholeIn returns the good answers of the control. Those after the repair may
// still be degraded.
func wholeIn(events []evidence.Event) []*evidence.Request {
	var whole []*evidence.Request
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseControl, events)) {
		if r.OK() {
			whole = append(whole, r)
		}
	}
	return whole
}

// wrong says how an answer differs from the declared behaviour, "" when it
// does not; the error says why that cannot be told.
func (b broken) wrong(r *evidence.Request) (string, error) {
	without := b.dep.Without
	switch {
	case r.Status == 0 || r.Error != "":
		return fmt.Sprintf("got no whole answer (%s)", r.Error), nil
	case without.Do == service.Fail && without.Status != 0 && r.Status != without.Status,
		without.Do == service.Fail && without.Status == 0 && r.Status < 500,
		without.Do != service.Fail && r.Status != r.Want:
		return fmt.Sprintf("got %d", r.Status), nil
	case without.Do == service.Degraded:
		return b.unflagged(r)
	}
	return "", nil
}

func (b broken) expected() string {
	without := b.dep.Without
	switch {
	case without.Do == service.Fail && without.Status != 0:
		return fmt.Sprintf("status %d", without.Status)
	case without.Do == service.Fail:
		return "the same 5xx status"
	case without.Flag != "":
		return fmt.Sprintf("the usual status and the flag %q", without.Flag)
	case without.Do == service.Degraded:
		return "the usual status and an answer that says it is degraded"
	}
	return "the usual status"
}

func (b broken) finding(r *evidence.Request, wrong string) check.Evidence {
	return check.Evidence{
		Rung: check.Proven, Where: b.where,
		Text: fmt.Sprintf("%s without %s %s; declared is %s: %s", r.Name, b.dep.Name, wrong, b.dep.Without.Do, b.expected()),
		Detail: &check.Detail{Exchange: &check.Exchange{
			Request: r.Method + " " + r.Path, Header: r.Header, Status: r.Status, Body: r.Body, Took: r.Took, Error: r.Error,
			Expected: b.expected(),
		}},
	}
}

// answersByName holds, for each traffic, the statuses that its requests got,
// and where.
type answersByName map[string]map[int]string

func (a answersByName) add(r *evidence.Request, where string) {
	if a[r.Name] == nil {
		a[r.Name] = map[int]string{}
	}
	a[r.Name][r.Status] = where
}

// different returns a traffic that got more than one status, and tells them.
func (a answersByName) different() (name, told string) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if len(a[name]) < 2 {
			continue
		}
		var parts []string
		for _, status := range slices.Sorted(maps.Keys(a[name])) {
			parts = append(parts, fmt.Sprintf("%d (%s)", status, a[name][status]))
		}
		return name, strings.Join(parts, ", ")
	}
	return "", ""
}
