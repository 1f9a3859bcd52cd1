package observability

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

var _ = check.Register(check.Check{
	ID:    "observability/cardinality",
	Title: "Labels do not grow with users, ids or paths",
	Why: `Each distinct label value is a time series, and callers choose paths and ids. A scanner can
then fill the memory of the service and of whatever scrapes it.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill traffic sends 200 requests to paths that do not exist and to fresh ids, and reads
the metrics before and after, as it does around the declared traffic, whose ids are new with
each request. More than 20 new label sets in one metric – unknown routes are one, with its
methods and statuses – are growth with the caller's data.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	After: []string{"observability/golden-signals"},
	Judge: judgeCardinality,
	Remedy: check.Remedy{Text: `Label with the route's template, and put everything that matches no route under one value.
Never label with a path, an id, a user, a host header or an error's text.`},
})

// fewNew is how many label sets may be new in one metric after a stretch of
// requests: an unknown route with its methods and statuses, and fresh statuses
// of known routes.
const fewNew = 20

// leastScan is how many requests must have been answered for their number to
// stand out from fewNew.
const leastScan = 2 * fewNew

func judgeCardinality(p *check.Pass) error {
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "load")
	if err != nil {
		return err
	}
	where := "drill traffic, load"
	scrapes := map[string]*evidence.Scrape{}
	for _, label := range []string{"after-scan", "after-failures", "after", "before"} {
		_, s, ok := evidence.First(evidence.Scrapes(events, label))
		if !ok {
			return fmt.Errorf("drill traffic: the metrics labelled %s were not read", label)
		}
		if why := unreadable(s, p.Service().Endpoints); why != "" && label == "after-scan" {
			p.Failf(check.Proven, where, "%s", why)
			return nil
		} else if why != "" {
			return fmt.Errorf("drill traffic: the metrics labelled %s could not be read: %s", label, why)
		}
		scrapes[label] = s
	}
	judgeGrowth(p, where, "the declared traffic", scrapes["before"], scrapes["after"])
	scanned := answered(evidence.In("scan", events))
	if scanned < leastScan {
		return fmt.Errorf("drill traffic: only %d requests of the scan were answered", scanned)
	}
	judgeGrowth(p, where, fmt.Sprintf("%d requests to unknown paths and fresh ids", scanned), scrapes["after-failures"], scrapes["after-scan"])
	return nil
}

func judgeGrowth(p *check.Pass, where, what string, before, after *evidence.Scrape) {
	grown := growth(before, after)
	sets := 0
	for _, g := range grown {
		sets += g.sets
	}
	text := fmt.Sprintf("%s made %d new label sets (%d series before, %d after)", what, sets, before.Size(), after.Size())
	if len(grown) > 0 && grown[0].sets > fewNew {
		p.Fail(check.Evidence{Rung: check.Proven, Where: where, Detail: growthTable(grown),
			Text: fmt.Sprintf("%s, %d of them in %s, for instance %s", text, grown[0].sets, grown[0].name, excerpt(grown[0].example))})
		return
	}
	p.Showf(check.Proven, where, "%s", text)
}

// answered counts the requests that got an answer.
func answered(events []evidence.Event) int {
	n := 0
	for _, r := range evidence.Requests(events) {
		if r.Status != 0 {
			n++
		}
	}
	return n
}

// grownFamily is a metric with label sets that it did not have before.
type grownFamily struct {
	name    string
	sets    int
	example string
}

func growth(before, after *evidence.Scrape) []grownFamily {
	var list []grownFamily
	for _, f := range after.Families {
		old := before.Family(f.Name)
		known := map[string]bool{}
		if old != nil {
			for _, s := range old.Series {
				known[s.Key()] = true
			}
		}
		g := grownFamily{name: f.Name}
		for _, s := range f.Series {
			if key := s.Key(); !known[key] {
				g.sets++
				g.example = key
			}
		}
		if g.sets > 0 {
			list = append(list, g)
		}
	}
	slices.SortStableFunc(list, func(a, b grownFamily) int { return cmp.Compare(b.sets, a.sets) })
	return list
}

func growthTable(grown []grownFamily) *check.Detail {
	t := &check.Table{Columns: []string{"metric", "new label sets", "for instance"}}
	for _, g := range grown {
		t.Rows = append(t.Rows, []string{g.name, fmt.Sprint(g.sets), excerpt(g.example)})
	}
	return &check.Detail{Table: t}
}
