package observability

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "observability/log-boundaries",
	Title: "Requests, and the failures and fallbacks that were handled, are logged at the boundary, with duration",
	Why: `A failure that is handled and not logged never happened, until the customers ask. And a
request without a line for its end leaves open whether it was slow, or failed, or was there.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `Each request of the drill traffic must have a line that holds the status that it was answered
with and a duration. Then the drills down (refused) and hang (silent) break each dependency:
each request that fails for that, or is answered degraded with the declared flag, must have a
line that requests with a whole answer do not have: of another event, or with a field more,
such as an error. That the access line says 503, or comes at another level, is not enough, for
it does not say what failed. Of stale answers, of which nobody can tell which were fresh
still, one such line for each traffic must do.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic"), evidence.Recorded("down"), evidence.Recorded("hang")},
	After: []string{"observability/log-trace-correlation"},
	Judge: judgeBoundaries,
	Remedy: check.Remedy{Text: `Log the end of each request in the outermost middleware, with status and duration, and each
call that failed where its fallback is decided – once, as a warning when the fallback served,
as an error when nothing did – with the dependency, the error and what was done instead.`},
})

func judgeBoundaries(p *check.Pass) error {
	undecided := []error{judgeEnds(p)}
	list, missing := breakages(p)
	undecided = append(undecided, missing...)
	for _, b := range list {
		undecided = append(undecided, b.judgeHandled(p))
	}
	return errors.Join(undecided...)
}

// judgeEnds holds each request against the lines that tell of its end.
func judgeEnds(p *check.Pass) error {
	const where = "drill traffic, apart"
	j, events, err := inTrial(p, "traffic", "apart")
	if err != nil {
		return err
	}
	requests := answeredIn(events, "apart", "together")
	if len(requests) == 0 {
		return errors.New(where + ": no request was answered")
	}
	if err := complete(where, events); err != nil {
		return err
	}
	for _, r := range requests {
		lines := j.of(r)
		if !slices.ContainsFunc(lines, func(l logged) bool { return l.hasStatus(r.Request) && l.hasDuration(r.Request) }) {
			p.Fail(check.Evidence{Rung: check.Proven, Where: where, Detail: logOf(lines),
				Text: fmt.Sprintf("%s (%s %s) was answered %d, and none of its %d lines holds that status and a duration", r.Name, r.Method, r.Path, r.Status, len(lines))})
			return nil
		}
	}
	p.Showf(check.Proven, where, "each of %d requests has a line with its status and a duration", len(requests))
	return nil
}

// judgeHandled holds each request that had to do without the dependency
// against the lines that tell of that.
func (b broken) judgeHandled(p *check.Pass) error {
	told := map[string]int{}
	var names []string
	var silent []dated
	for _, r := range b.missed {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
		switch {
		case slices.ContainsFunc(b.of(r), b.habits(r.Name).exceeds):
			told[r.Name]++
		case b.handled(r.Request):
			silent = append(silent, r)
		}
	}
	if len(silent) > 0 {
		r := silent[0]
		p.Fail(check.Evidence{Rung: check.Proven, Where: b.where, Detail: logOf(b.of(r)),
			Text: fmt.Sprintf("%d of %d requests without %s are logged as if nothing had failed; the first, %s, was answered %d", len(silent), len(b.missed), b.dep.Name, r.Name, r.Status)})
		return nil
	}
	for _, name := range names {
		if told[name] == 0 {
			return fmt.Errorf("%s: nothing shows that %s had to do without %s; declare dependencies.%s.without and its flag", b.where, name, b.dep.Name, b.dep.Name)
		}
	}
	p.Showf(check.Proven, b.where, "each failure and fallback of %d requests without %s is logged", len(b.missed), b.dep.Name)
	return nil
}

// handled reports whether an answer shows by itself that its request had to
// do without the dependency.
func (b broken) handled(r *evidence.Request) bool {
	without := b.dep.Without
	switch {
	case !r.OK():
		return true
	case without.Do != service.Degraded || without.Flag == "":
		return false
	case strings.Contains(r.Body, without.Flag):
		return true
	}
	for name, value := range r.Header {
		if strings.Contains(strings.ToLower(name+": "+value), strings.ToLower(without.Flag)) {
			return true
		}
	}
	return false
}

// habits is what the lines of whole answers say: by event, the fields that they
// hold.
type habits map[string]map[string]bool

func (b broken) habits(traffic string) habits {
	h := habits{}
	for _, r := range b.whole {
		if r.Name != traffic {
			continue
		}
		for _, l := range b.of(r) {
			if h[l.shape()] == nil {
				h[l.shape()] = map[string]bool{}
			}
			for _, name := range l.holds() {
				h[l.shape()][name] = true
			}
		}
	}
	return h
}

// exceeds reports whether a line says more than the usual ones.
func (h habits) exceeds(l logged) bool {
	fields, known := h[l.shape()]
	return !known || slices.ContainsFunc(l.holds(), func(name string) bool { return !fields[name] })
}

// holds returns the keys of a line but for those that say no: false and 0.
func (l logged) holds() []string {
	var keys []string
	for name, value := range l.entry {
		if n, ok := numberOf(value); value != false && (!ok || n != 0) {
			keys = append(keys, name)
		}
	}
	return keys
}
