package observability

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "observability/metrics-truth",
	Title: "The metrics say what happened",
	Why: `Alerts, dashboards and rollbacks believe the metrics. A failure counted as a success, or a
duration in the wrong unit, makes all of them lie at once.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `The drill traffic sends requests of which it knows the answers: first whole ones, then some
that fail because a dependency is refused. The metrics of requests must rise by exactly that
many in all, and per class of status. The mean, and p50, p95 and p99 read from the histogram,
must agree with the client's within the bucket's width; one answer in eight is slowed by a
known time, seen at the proxy, so that they lie apart.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	After: []string{"observability/golden-signals"},
	Judge: judgeTruth,
	Remedy: check.Remedy{Text: `Observe each request once, in the outermost middleware, after the answer was written: with
the status that was really sent (also after a panic and for what the router refuses), and the
whole duration in seconds.`},
})

func judgeTruth(p *check.Pass) error {
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "load")
	if err != nil {
		return err
	}
	t := truth{Pass: p, where: "drill traffic, load"}
	beforeAt, err := t.read(events)
	if err != nil {
		return err
	}
	if why := unreadable(t.after, p.Service().Endpoints); why != "" {
		p.Failf(check.Proven, t.where, "%s", why)
		return nil
	}
	for _, s := range []*evidence.Scrape{t.before, t.failed, t.scanned} {
		if why := unreadable(s, p.Service().Endpoints); why != "" {
			return fmt.Errorf("drill traffic: the metrics labelled %s could not be read: %s", s.Label, why)
		}
	}
	t.sent = batchOf(evidence.In(evidence.PhaseControl, events), beforeAt)
	t.broken = batchOf(evidence.In(evidence.PhaseFault, events), 0)
	t.scan = batchOf(evidence.In("scan", events), 0)
	t.floors = floorsOf(t.sent.answered, events)
	if len(t.sent.answered) == 0 {
		return errors.New("drill traffic: no request was answered")
	}
	return t.judge()
}

// truth holds what the metrics say against what the client knows.
type truth struct {
	*check.Pass
	where                          string
	before, after, failed, scanned *evidence.Scrape
	sent, broken, scan             batch
	floors                         []time.Duration // what each of sent took at least, ascending
}

// read finds the scrapes, and when the first was made.
func (t *truth) read(events []evidence.Event) (beforeAt service.Duration, err error) {
	for _, s := range []struct {
		label string
		into  **evidence.Scrape
	}{{"before", &t.before}, {"after", &t.after}, {"after-failures", &t.failed}, {"after-scan", &t.scanned}} {
		at, scrape, ok := evidence.First(evidence.Scrapes(events, s.label))
		if !ok {
			return 0, fmt.Errorf("drill traffic: the metrics labelled %s were not read", s.label)
		}
		*s.into = scrape
		if s.label == "before" {
			beforeAt = at
		}
	}
	return beforeAt, nil
}

func (t truth) judge() error {
	families := requestFamilies(t.before, t.after, t.Service())
	if len(families) == 0 {
		t.Failf(check.Proven, t.where, "no metric counts requests by route or status")
		return nil
	}
	if !slices.ContainsFunc(families, hasStatus) {
		t.Failf(check.Proven, t.where, "%s cannot tell failed requests from others: there is no label for the status", familyNames(families))
		return nil
	}
	t.judgeCounts(families, stretch{"while every dependency was up", t.before, t.after, t.sent})
	for _, f := range families {
		if f.Type == "histogram" || f.Type == "summary" {
			t.judgeDurations(f)
		}
	}
	if t.Failed() {
		return nil
	}
	if t.broken.failures() > 0 {
		t.judgeCounts(families, stretch{"while a dependency was refused", t.after, t.failed, t.broken})
		return nil
	}
	return t.judgeUnknownPaths(families)
}

// judgeUnknownPaths takes the scan's 404s for the failures, where no
// dependency can be broken to make others. Instrumentation of routes does not
// see what no route was found for, which is no lie.
func (t truth) judgeUnknownPaths(families []evidence.Family) error {
	none := errors.New("no request could be made to fail: declare a dependency with without: fail, so that failures are counted too")
	if t.scan.failures() == 0 {
		return none
	}
	known := t.scan.without("/golive-scan")
	for _, f := range families {
		rise := tallyOf(t.rise(f, t.failed, t.scanned))
		switch {
		case !rise.statuses || rise.total == 0:
			continue
		case known.failures() > 0 && t.agrees(f, stretch{"", t.failed, t.scanned, known}):
			t.Showf(check.Proven, t.where, "%s rose by exactly %s while unknown ids were asked for; it does not count paths without a route", f.Name, rise)
		default:
			t.judgeCounts([]evidence.Family{f}, stretch{"while unknown paths were asked for", t.failed, t.scanned, t.scan})
		}
		return nil
	}
	return none
}
