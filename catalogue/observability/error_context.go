package observability

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "observability/error-context",
	Title: "A failed call's log names the host, the port, the timeout that ran out, and the attempt (2/5)",
	Why: `"Timeout" says neither who was called, nor for how long was waited, nor whether it was the
first attempt or the last. Each of these answers is a search in code or configuration, at night.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drills down and hang (silence) break each dependency. Of each traffic that uses it, a
request's lines must have one that holds the host and the port at which the dependency was
called, and the attempt and how many there may be, as fields or as 2/5, also where there is
but one; and after a silence a duration that can have run out: the declared timeout, or one
that so many attempts have room for in the time that was waited. After a silence each request
that was seen to call an HTTP dependency must have such a line. What an open breaker kept from
being called needs none.`,
	Reads: []evidence.Kind{evidence.Recorded("down"), evidence.Recorded("hang")},
	After: []string{"observability/log-trace-correlation", "observability/log-boundaries"},
	Judge: judgeErrorContext,
	Remedy: check.Remedy{Text: `Make every call through one client that wraps its errors with what it knows – host, port,
timeout, attempt and limit – and log those as fields: host, port, timeout_ms, attempt,
attempts. Log 1 of 1 too: whoever reads it then knows that nothing was repeated.`},
})

func judgeErrorContext(p *check.Pass) error {
	if len(p.Service().Dependencies) == 0 {
		if len(p.Service().Traffic) == 0 {
			return errors.New("golive.yaml declares neither traffic nor dependencies; add both for the drills down and hang")
		}
		p.NotApplicable("golive.yaml declares no dependencies whose calls could fail")
		return nil
	}
	list, undecided := breakages(p)
	for _, b := range list {
		undecided = append(undecided, b.judgeContext(p))
	}
	return errors.Join(undecided...)
}

// judgeContext looks, for each traffic, for requests whose lines explain the
// failed call.
func (b broken) judgeContext(p *check.Pass) error {
	_, started, _ := evidence.InState(b.events, evidence.Started)
	if started == nil || started.Peers[b.dep.Name] == "" {
		return fmt.Errorf("%s: the recording does not tell where %s was called; let golive drill again", b.where, b.dep.Name)
	}
	c := callContext{broken: b}
	c.host, c.port, _ = net.SplitHostPort(started.Peers[b.dep.Name])
	for _, traffic := range c.traffics() {
		explained, unexplained := c.explain(traffic)
		if r := c.wanting(explained, unexplained); r != nil {
			lines := b.of(*r)
			p.Fail(check.Evidence{Rung: check.Proven, Where: b.where, Detail: logOf(lines),
				Text: fmt.Sprintf("%s without %s: %s", r.Name, b.dep.Name, c.lacking(*r, lines))})
			return nil
		}
		c.explained += len(explained)
	}
	if c.explained == 0 {
		return fmt.Errorf("%s: nothing shows that any request called %s", b.where, b.dep.Name)
	}
	p.Showf(check.Proven, b.where, "the failed calls of %d requests are logged with %s, attempt and limit%s", c.explained, started.Peers[b.dep.Name],
		map[bool]string{true: ", and the timeout that ran out"}[c.hung()])
	return nil
}

// callContext holds the lines of a trial against what a failed call's must
// tell.
type callContext struct {
	broken
	host, port string
	explained  int
}

// hung reports whether the calls waited for nothing, rather than being refused.
func (c callContext) hung() bool { return c.drill == "hang" }

func (c callContext) traffics() (names []string) {
	for _, r := range c.missed {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	return names
}

// explain parts the requests of a traffic by whether a line of theirs tells
// all of the failed call.
func (c callContext) explain(traffic string) (explained, unexplained []dated) {
	for _, r := range c.missed {
		if r.Name != traffic {
			continue
		}
		if slices.ContainsFunc(c.of(r), func(l logged) bool { return len(c.lacks(l, r)) == 0 }) {
			explained = append(explained, r)
		} else {
			unexplained = append(unexplained, r)
		}
	}
	return explained, unexplained
}

// wanting returns a request that should have been explained and is not: one
// that was seen to call, or any when none of its traffic is – unless all may
// have been answered from what was kept.
func (c callContext) wanting(explained, unexplained []dated) *dated {
	for _, r := range unexplained {
		if c.hung() && c.waited(r) > 0 {
			return &r
		}
	}
	fresh := func(r dated) bool { return !c.handled(r.Request) && !c.named(c.of(r)) }
	if len(explained) > 0 || len(unexplained) == 0 || !slices.ContainsFunc(unexplained, func(r dated) bool { return !fresh(r) }) {
		return nil
	}
	return &unexplained[slices.IndexFunc(unexplained, func(r dated) bool { return !fresh(r) })]
}

// waited returns for how long the longest call of r that met the silence was
// open, 0 when none was seen: streams do not tell whose calls theirs are.
func (c callContext) waited(r dated) (longest service.Duration) {
	for _, call := range evidence.Calls(c.events) {
		if call.Shape == "silence" && call.Dependency == c.dep.Name && r.Trace != "" && strings.Contains(call.Header["traceparent"], r.Trace) {
			longest = max(longest, call.Took)
		}
	}
	return longest
}

// lacks returns what a line does not tell of the failed call.
func (c callContext) lacks(l logged, r dated) (missing []string) {
	host, port := l.namesAddress(c.host, c.port)
	nth, counted := attemptOf(l.entry)
	for _, fact := range []struct {
		there bool
		name  string
	}{
		{host, "the host " + c.host},
		{port, "the port " + c.port},
		{counted, "the attempt and its limit"},
		{!c.hung() || c.ranOut(l, r, nth), "the timeout that ran out"},
	} {
		if !fact.there {
			missing = append(missing, fact.name)
		}
	}
	return missing
}

// ranOut reports whether a line holds a duration that can have run out: the
// declared timeout, or one that as many attempts have room for in the time
// that r was seen to wait, and of which their pauses are not the greater part.
func (c callContext) ranOut(l logged, r dated, a attempt) bool {
	const rounding = 5 // per cent; of loggers, and of timers that fire late
	least, most := r.Took, r.Took
	if waited := c.waited(r); waited > 0 {
		least, most = min(least, waited), max(most, waited)
	}
	least /= service.Duration(2 * max(a.limit, 1))
	for _, m := range measuresOf(l.entry) {
		for _, d := range m.may {
			took := service.Duration(d)
			if c.dep.Timeout > 0 && took == c.dep.Timeout || took >= least && took <= most+most*rounding/100 {
				return true
			}
		}
	}
	return false
}

// named reports whether any of the lines tells where the call went.
func (c callContext) named(lines []logged) bool {
	return slices.ContainsFunc(lines, func(l logged) bool {
		_, port := l.namesAddress(c.host, c.port)
		return port
	})
}

// lacking says what the best of a request's lines lacks, of those that whole
// answers do not have where there are any.
func (c callContext) lacking(r dated, lines []logged) string {
	habits := c.habits(r.Name)
	if slices.ContainsFunc(lines, habits.exceeds) {
		lines = slices.DeleteFunc(slices.Clone(lines), func(l logged) bool { return !habits.exceeds(l) })
	}
	if len(lines) == 0 {
		return "no line was written for it"
	}
	best := slices.MinFunc(lines, func(a, b logged) int { return cmp.Compare(len(c.lacks(a, r)), len(c.lacks(b, r))) })
	return fmt.Sprintf("no line of it tells all of the failed call; the nearest, %s, lacks %s", cmp.Or(best.event(), "a text"), strings.Join(c.lacks(best, r), ", "))
}
