package observability

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

var _ = check.Register(check.Check{
	ID:    "observability/log-events",
	Title: "Events have stable names, without values glued in",
	Why: `"Order 4711 took 12 ms" can be counted by nobody, nor alerted on: each is another text.
The same event under one name with its values beside it is a query away.`,
	Gate:  check.FollowUp,
	Needs: check.Observed,
	How: `The drill traffic sends the same requests many times: all well, while a dependency is down, and
to paths that do not exist. The lines are grouped by their event – its name, else the template
of its message, else the message, word by word. It fails when groups go on coming with the
requests: new ones in the second half of a run of equal requests, more than one in ten of
them and at least three, or eight groups that differ in nothing but numbers and ids.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	Judge: judgeEvents,
	Remedy: check.Remedy{Text: `Give each event a constant name (order.placed) and put what differs into fields beside it:
slog.Info("order.placed", "order", id), never Info(fmt.Sprintf(…)). Where a library writes
sentences, add the name as a field of its own (event, event.name), or log the template.`},
})

const (
	fewGroups = 3  // that a repetition may bring in its second half, whatever its length
	perTen    = 10 // and one more for so many requests
	sameShape = 8  // groups that differ in numbers and ids only
	shortest  = 10 // requests that make a repetition
)

func judgeEvents(p *check.Pass) error {
	const where = "drill traffic, load"
	j, events, err := inTrial(p, "traffic", "load")
	if err != nil {
		return err
	}
	repetitions := repetitionsOf(events)
	if len(repetitions) == 0 {
		return fmt.Errorf("%s: fewer than %d equal requests were sent", where, shortest)
	}
	g := groupsOf(j.lines)
	if g.lines == 0 {
		return errors.New(where + ": no line says in a field of its own what happened; see observability/structured-logs")
	}
	if alike := g.alike(); len(alike) >= sameShape {
		p.Fail(check.Evidence{Rung: check.Observed, Where: where, Detail: logOf(alike),
			Text: fmt.Sprintf("%d events differ in numbers and ids only, such as %q and %q: values are glued into them", len(alike), excerpt(alike[0].event()), excerpt(alike[1].event()))})
		return nil
	}
	for _, s := range repetitions {
		if fresh := g.freshIn(s); len(fresh) >= fewGroups && len(fresh)*perTen > len(s.requests)/2 {
			p.Fail(check.Evidence{Rung: check.Observed, Where: where, Detail: logOf(fresh),
				Text: fmt.Sprintf("%s: the last %d of %d equal requests brought %d new events, such as %q: they grow with the requests", s.name, len(s.requests)/2, len(s.requests), len(fresh), excerpt(fresh[0].event()))})
			return nil
		}
	}
	if err := complete(where, events); err != nil {
		return err
	}
	p.Showf(check.Observed, where, "%d lines are of %d events, and more requests brought no more of them", g.lines, len(g.first))
	return nil
}

// repeated is a run of equal requests, by the moments at which they were sent.
type repeated struct {
	name     string
	requests []dated
}

// repetitionsOf returns the requests of each traffic in each phase.
func repetitionsOf(events []evidence.Event) []repeated {
	var list []repeated
	at := map[string]int{}
	for _, e := range events {
		if e.Request == nil {
			continue
		}
		id := e.Phase + "\n" + e.Request.Name
		if _, ok := at[id]; !ok {
			at[id] = len(list)
			list = append(list, repeated{name: cmp.Or(e.Request.Name, "requests") + ", " + e.Phase})
		}
		list[at[id]].requests = append(list[at[id]].requests, dated{e.At, e.Request})
	}
	return slices.DeleteFunc(list, func(s repeated) bool { return len(s.requests) < shortest })
}

// groups are the lines by their event.
type groups struct {
	lines int
	first []logged // of each group, in the order of their coming
}

func groupsOf(lines []logged) groups {
	var g groups
	seen := map[string]bool{}
	for _, l := range lines {
		event := l.event()
		if event == "" {
			continue
		}
		g.lines++
		if !seen[event] {
			seen[event] = true
			g.first = append(g.first, l)
		}
	}
	return g
}

// alike returns the first lines of the groups that have the most common shape.
func (g groups) alike() (most []logged) {
	shapes := map[string][]logged{}
	for _, l := range g.first {
		shape := l.shape()
		if shapes[shape] = append(shapes[shape], l); len(shapes[shape]) > len(most) {
			most = shapes[shape]
		}
	}
	return most
}

// freshIn returns the first lines of the groups that came in the second half
// of a repetition.
func (g groups) freshIn(s repeated) []logged {
	from, to := s.requests[len(s.requests)/2].at, s.requests[len(s.requests)-1]
	var fresh []logged
	for _, l := range g.first {
		if l.at >= from && l.at.D() <= to.End(to.at)+afterAnswer {
			fresh = append(fresh, l)
		}
	}
	return fresh
}
