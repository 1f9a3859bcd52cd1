package resilience

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "resilience/retries",
	Title: "Retries are few, exponential, with jitter, bounded in total, and only for what may be repeated",
	Why: `A retry is load on something that is failing already. In lock-step, or without a pause, a
thousand callers keep down what could have come back; and a repeated POST charges a customer
twice.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill retries answers 503 to everything, to 20 requests at once of each traffic that
uses the dependency. Their attempts, told apart by trace id at the proxy, must be no more
than dependencies.NAME.attempts (1 unless declared). The waits between them must grow, by
more than 1.5 a step at the median, and differ: their spread (IQR by median) is above 0.06.
POST and PATCH are repeated only with an idempotency key, the same each time. No attempt
comes before the time that Retry-After asks for, after the request's budget, or when its
caller has been gone for half a second. What two or three attempts cannot tell is said and
does not fail. Of other protocols only connections are seen, and counted.`,
	Reads: []evidence.Kind{evidence.Recorded("retries")},
	Judge: judgeRetries,
	Remedy: check.Remedy{Text: `Declare dependencies.NAME.attempts and let one client keep to it: exponential backoff with
full jitter, Retry-After heeded, the caller's deadline passed on (in Go: the request's
context). Repeat a POST only with an Idempotency-Key that the dependency knows. Mind
libraries that retry by themselves, and do it in one layer only.`},
})

func judgeRetries(p *check.Pass) error {
	return eachDependency(p, "retries", func(rec *evidence.Recording, dep service.Dependency) error {
		return judgeRetriesOf(p, rec, dep)
	})
}

// retryTrials are the ways in which the drill lets a dependency fail. Who may
// try once only has nothing to give up when its caller leaves.
func retryTrials(dep service.Dependency) []string {
	switch {
	case !dep.IsHTTP():
		return []string{"refuse"}
	case dep.Tries() == 1:
		return []string{"failing", "retry-after"}
	}
	return []string{"failing", "retry-after", "left"}
}

// judgeRetriesOf stops at the first finding: one wrong client shows in each
// trial.
func judgeRetriesOf(p *check.Pass, rec *evidence.Recording, dep service.Dependency) error {
	var undecided []error
	var shown []check.Evidence
	for _, way := range retryTrials(dep) {
		trial := dep.Name + "/" + way
		events, err := p.Trial(rec, trial)
		if err != nil {
			undecided = append(undecided, err)
			continue
		}
		r := retried{svc: p.Service(), dep: dep, trial: trial, events: events}
		e, err := r.judge(way)
		switch {
		case err != nil:
			undecided = append(undecided, err)
		case !e.OK:
			p.Fail(e)
			return nil
		default:
			shown = append(shown, e)
		}
	}
	for _, e := range shown {
		p.Show(e)
	}
	return errors.Join(undecided...)
}

// retried is a trial in which a dependency failed and its callers could try
// again.
type retried struct {
	svc    *service.Service
	dep    service.Dependency
	trial  string
	events []evidence.Event
	attempts
}

func (r retried) where() string { return "drill retries, " + r.trial }

func (r retried) judge(way string) (check.Evidence, error) {
	if way == "refuse" {
		return r.judgeConnections()
	}
	r.attempts = attemptsAt(r.dep, "status", r.events)
	if len(r.chains) == 0 {
		return r.judgeTotal()
	}
	for _, wrong := range []func() string{r.tooMany, r.unsafe, r.pastBudget, r.early(way), r.late(way)} {
		if text := wrong(); text != "" {
			return r.finding(text), nil
		}
	}
	text := fmt.Sprintf("%s: %d calls, %s; declared %d", r.dep.Name, len(r.chains), tried(r.longest()), r.dep.Tries())
	switch {
	case r.longest() <= r.usual:
	case way == "failing":
		told, wrong, err := r.pauses()
		if wrong != "" || err != nil {
			return r.finding(wrong), err
		}
		text += "; " + told
	case way == "retry-after":
		text += "; none came before the second that Retry-After asked for was over"
	default:
		text += "; " + r.leftBehind()
	}
	return r.shows(text), nil
}

func tried(most int) string {
	if most == 1 {
		return "each tried once"
	}
	return fmt.Sprintf("%d attempts at most", most)
}

// judgeTotal judges attempts that cannot be told apart: by their number.
func (r retried) judgeTotal() (check.Evidence, error) {
	most := r.requests * r.limit(r.dep)
	switch {
	case r.loose == 0:
		return check.Evidence{}, fmt.Errorf("%s: no call of a request met the fault; see traffic.uses in golive.yaml", r.where())
	case r.loose > most:
		return r.finding(fmt.Sprintf("%s: %d requests made %d calls; %d attempts are declared", r.dep.Name, r.requests, r.loose, r.dep.Tries())), nil
	case r.dep.Tries() == 1 && r.usual == 1:
		return r.shows(fmt.Sprintf("%s: %d requests made %d calls, so each was tried once", r.dep.Name, r.requests, r.loose)), nil
	}
	return check.Evidence{}, r.untold(r.where())
}

// tooMany finds a chain with more attempts than are declared.
func (r retried) tooMany() string {
	for _, c := range r.chains {
		if len(c.tries) > r.limit(r.dep) {
			return fmt.Sprintf("%s: %s was tried %d times; declared %s", r.dep.Name, c.asked(), len(c.tries), declaredTries(r.dep))
		}
	}
	return ""
}

func declaredTries(dep service.Dependency) string {
	if dep.Attempts == 0 {
		return fmt.Sprintf("is no retry (dependencies.%s.attempts is 1 unless written)", dep.Name)
	}
	return fmt.Sprintf("are %d attempts", dep.Attempts)
}

// unsafe finds a request that was repeated although it may not be.
func (r retried) unsafe() string {
	for _, c := range r.chains {
		first := c.tries[0]
		if len(c.tries) <= r.usual || first.Method != "POST" && first.Method != "PATCH" {
			continue
		}
		keys := map[string]bool{}
		for _, a := range c.tries {
			keys[idempotencyKey(a.Header)] = true
		}
		switch {
		case keys[""]:
			return fmt.Sprintf("%s: %s was repeated without an idempotency key, so what it does may be done twice", r.dep.Name, c.asked())
		case len(keys) > 1:
			return fmt.Sprintf("%s: %s was repeated with another idempotency key, so the dependency cannot know it again", r.dep.Name, c.asked())
		}
	}
	return ""
}

// idempotencyKey returns the value of the header that says so in its name:
// Idempotency-Key, or a dialect of it.
func idempotencyKey(header map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if strings.Contains(name, "idempoten") {
			return header[name]
		}
	}
	return ""
}

// pastBudget finds an attempt after the request's own budget.
func (r retried) pastBudget() string {
	budgets := map[string]time.Duration{}
	for _, tr := range r.svc.Traffic {
		budgets[tr.Name] = r.svc.RequestBudget(tr)
	}
	a, late := forNobody(r.chains, func(c chain) (service.Duration, bool) {
		budget := budgets[c.name]
		return c.sent + service.Duration(budget), c.request != nil && budget > 0
	}, margin(0))
	if a == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s was tried again %s after the budget of its request was over", r.dep.Name, callName(a.Call), late.Round(10*time.Millisecond))
}

// asksFor is the Retry-After of the drill.
const asksFor = time.Second

func (r retried) early(way string) func() string {
	return func() string {
		if way != "retry-after" {
			return ""
		}
		a, wait := tooSoon(r.chains, asksFor)
		if a == nil || r.usual > 1 {
			return ""
		}
		return fmt.Sprintf("%s: %s was tried again after %s, and Retry-After asked for %s", r.dep.Name, callName(a.Call), wait.Round(time.Millisecond), asksFor)
	}
}

// callerGrace is how long after a caller hung up attempts may still come:
// many servers notice late.
const callerGrace = 500 * time.Millisecond

// hungUp is when the caller of a chain left without an answer.
func hungUp(c chain) (service.Duration, bool) {
	if c.request == nil || !c.request.Open {
		return 0, false
	}
	return c.sent + c.request.Took, true
}

func (r retried) late(way string) func() string {
	return func() string {
		if way != "left" {
			return ""
		}
		a, late := forNobody(r.chains, hungUp, callerGrace)
		if a == nil {
			return ""
		}
		return fmt.Sprintf("%s: %s was tried again %s after its caller had hung up", r.dep.Name, callName(a.Call), late.Round(10*time.Millisecond))
	}
}

func (r retried) leftBehind() string {
	left := 0
	for _, c := range r.chains {
		if _, gone := hungUp(c); gone {
			left++
		}
	}
	if left == 0 {
		return "every caller had its answer before it hung up, so what is done for nobody cannot be told"
	}
	return fmt.Sprintf("%d callers hung up, and no attempt came %s later", left, callerGrace)
}

// pauses judges the waits of each traffic by themselves: they may have
// clients of their own.
func (r retried) pauses() (told, wrong string, undecided error) {
	if r.usual > 1 {
		return "a request asks for the same more than once, so waits cannot be told", "", nil
	}
	byName := map[string][]chain{}
	for _, c := range r.chains {
		if len(c.tries) > 1 {
			byName[c.name] = append(byName[c.name], c)
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		w, err := waitsOf(byName[name], r.events)
		if err != nil {
			undecided = fmt.Errorf("%s: %w", r.where(), err)
			continue
		}
		j := w.judge()
		if j.wrong != "" {
			return "", fmt.Sprintf("%s: %s", r.dep.Name, j.wrong), nil
		}
		parts = append(parts, j.String())
	}
	return strings.Join(parts, "; "), "", undecided
}

func (r retried) shows(text string) check.Evidence {
	return check.Evidence{Rung: check.Proven, OK: true, Where: r.where(), Text: text, Detail: r.drawn()}
}

func (r retried) finding(text string) check.Evidence {
	return check.Evidence{Rung: check.Proven, Where: r.where(), Text: text, Detail: r.drawn()}
}

func (r retried) drawn() *check.Detail {
	return &check.Detail{Timeline: check.TimelineOf(r.trial, r.events, nil)}
}
