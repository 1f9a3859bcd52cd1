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
	ID:    "observability/cardinality",
	Title: "Labels do not grow with users, ids or paths",
	Why: `Each distinct label value is a time series, and callers choose paths and ids. A scanner can
then fill the memory of the service and of whatever scrapes it.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill traffic sends 200 requests to paths that do not exist and to fresh ids, and reads
the metrics before and after. New label sets beyond a handful, such as one for unknown routes
and its statuses, are growth with the caller's data.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	After: []string{"observability/golden-signals"},
	Judge: judgeCardinality,
	Remedy: check.Remedy{Text: `Label with the route's template, and put everything that matches no route under one value.
Never label with a path, an id, a user, a host header or an error's text.`},
})

// fewNew is how many label sets may be new after the scan: an unknown route
// with its methods and statuses, and fresh statuses of known routes.
const fewNew = 20

func judgeCardinality(p *check.Pass) error {
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "load")
	if err != nil {
		return err
	}
	_, before, ok1 := evidence.First(evidence.Scrapes(events, "after-failures"))
	_, after, ok2 := evidence.First(evidence.Scrapes(events, "after-scan"))
	if !ok1 || !ok2 {
		return errors.New("drill traffic: the metrics were not read around the scan")
	}
	if why := unreadable(after, p.Service().Endpoints); why != "" {
		p.Failf(check.Proven, "drill traffic, load", "%s", why)
		return nil
	}
	scanned := 0
	for _, r := range evidence.Requests(evidence.In("scan", events)) {
		if r.Status != 0 {
			scanned++
		}
	}
	if scanned < 100 {
		return fmt.Errorf("drill traffic: only %d requests of the scan were answered", scanned)
	}
	grown := growth(before, after)
	sets := 0
	for _, g := range grown {
		sets += g.sets
	}
	text := fmt.Sprintf("%d requests to unknown paths and fresh ids made %d new series (%d before, %d after)", scanned, after.Size()-before.Size(), before.Size(), after.Size())
	if sets > fewNew {
		p.Fail(check.Evidence{Rung: check.Proven, Where: "drill traffic, load", Detail: growthTable(grown),
			Text: fmt.Sprintf("%s, most of them in %s, for instance %s", text, grown[0].name, grown[0].example)})
		return nil
	}
	p.Showf(check.Proven, "drill traffic, load", "%s", text)
	return nil
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
