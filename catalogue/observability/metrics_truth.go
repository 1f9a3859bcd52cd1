package observability

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
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
many in all, and per class of status. p50, p95 and p99 read from the histogram must agree
with the client's within the bucket's width; one answer in eight is slowed by a known time,
so that they lie apart.`,
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
	t := truth{Pass: p, where: "drill traffic, load", ends: p.Service().Endpoints}
	for label, s := range map[string]**evidence.Scrape{"before": &t.before, "after": &t.after, "after-failures": &t.failed, "after-scan": &t.scanned} {
		_, scrape, ok := evidence.First(evidence.Scrapes(events, label))
		if !ok {
			return fmt.Errorf("drill traffic: the metrics labelled %s were not read", label)
		}
		*s = scrape
	}
	if why := unreadable(t.after, t.ends); why != "" {
		p.Failf(check.Proven, t.where, "%s", why)
		return nil
	}
	beforeAt, _, _ := evidence.First(evidence.Scrapes(events, "before"))
	t.sent = requestsIn(evidence.In(evidence.PhaseControl, events), beforeAt)
	t.floors = floorsOf(t.sent, events)
	t.broken = requestsIn(evidence.In(evidence.PhaseFault, events), 0)
	t.scan = requestsIn(evidence.In("scan", events), 0)
	if len(t.sent) == 0 {
		return errors.New("drill traffic: no request was answered")
	}
	return t.judge()
}

// requestsIn returns the requests that were answered and due after a moment.
func requestsIn(events []evidence.Event, after service.Duration) []*evidence.Request {
	var list []*evidence.Request
	for at, r := range evidence.Requests(events) {
		if at >= after && r.Status != 0 && !r.Open {
			list = append(list, r)
		}
	}
	return list
}

type truth struct {
	*check.Pass
	where                          string
	ends                           service.Endpoints
	before, after, failed, scanned *evidence.Scrape
	sent, broken, scan             []*evidence.Request
	floors                         []time.Duration // what each of sent took at least, ascending
}

func (t truth) judge() error {
	families := requestFamilies(t.before, t.after, t.ends)
	if len(families) == 0 {
		t.Failf(check.Proven, t.where, "no metric counts requests by route or status")
		return nil
	}
	for _, f := range families {
		t.judgeCount(f, "while every dependency was up", t.before, t.after, t.sent)
	}
	for _, f := range latencies(families) {
		t.judgeQuantiles(f)
	}
	if t.Failed() {
		return nil
	}
	if len(t.broken) > 0 {
		for _, f := range families {
			t.judgeCount(f, "while a dependency was refused", t.after, t.failed, t.broken)
		}
		return nil
	}
	return t.judgeUnknownPaths(families)
}

// judgeUnknownPaths takes the scan's 404s for the failures, where no
// dependency can be broken to make others.
func (t truth) judgeUnknownPaths(families []evidence.Family) error {
	for _, f := range families {
		rise, _ := t.rise(f.Name, t.failed, t.scanned)
		if counted := byClass(rise); sum(counted) > 0 && hasStatus(rise) {
			t.judgeCount(f, "while unknown paths were asked for", t.failed, t.scanned, t.scan)
			return nil
		}
	}
	return errors.New("no request could be made to fail: declare a dependency with without: fail, so that failures are counted too")
}

// rise returns by how much a family rose between two scrapes, without what
// probes and scrapes brought.
func (t truth) rise(name string, before, after *evidence.Scrape) (evidence.Family, bool) {
	for _, f := range requestFamilies(before, after, t.ends) {
		if f.Name == name {
			return f, true
		}
	}
	return evidence.Family{Name: name}, false
}

// judgeCount holds the rise of one metric against the requests that were sent.
func (t truth) judgeCount(f evidence.Family, when string, before, after *evidence.Scrape, sent []*evidence.Request) {
	rise, _ := t.rise(f.Name, before, after)
	counted, total := byClass(rise), 0.0
	for _, s := range rise.Series {
		total += countOf(rise, s)
	}
	// Without a route, the scrape itself is among the requests.
	slack := 1.0
	if len(routes(f)) > 0 {
		slack = 0
	}
	want := map[string]float64{}
	for _, r := range sent {
		want[fmt.Sprintf("%dxx", r.Status/100)]++
	}
	wrong := total < float64(len(sent)) || total > float64(len(sent))+slack
	if hasStatus(rise) {
		for class := range maps.Keys(union(want, counted)) {
			wrong = wrong || counted[class] < want[class] || counted[class] > want[class]+slack
		}
	}
	if wrong {
		t.Fail(check.Evidence{Rung: check.Proven, Where: t.where, Detail: classTable(want, counted),
			Text: fmt.Sprintf("%s rose by %s %s, while %s were sent", f.Name, counts(total, counted), when, counts(float64(len(sent)), want))})
		return
	}
	t.Showf(check.Proven, t.where, "%s rose by exactly %s %s", f.Name, counts(total, want), when)
}

func byClass(f evidence.Family) map[string]float64 {
	classes := map[string]float64{}
	for _, s := range f.Series {
		status, _ := labelOf(s, statusLabels)
		if class := statusClass(status); class != "" {
			classes[class] += countOf(f, s)
		}
	}
	return classes
}

func hasStatus(f evidence.Family) bool {
	return slices.ContainsFunc(f.Series, func(s evidence.Series) bool {
		status, _ := labelOf(s, statusLabels)
		return statusClass(status) != ""
	})
}

func union(a, b map[string]float64) map[string]float64 {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func sum(m map[string]float64) (total float64) {
	for _, v := range m {
		total += v
	}
	return total
}

func counts(total float64, classes map[string]float64) string {
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		if classes[class] > 0 {
			parts = append(parts, fmt.Sprintf("%g × %s", classes[class], class))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%g", total)
	}
	return fmt.Sprintf("%g (%s)", total, strings.Join(parts, ", "))
}

func classTable(want, counted map[string]float64) *check.Detail {
	t := &check.Table{Columns: []string{"status", "answers seen by the client", "counted by the service"}}
	for _, class := range slices.Sorted(maps.Keys(union(want, counted))) {
		t.Rows = append(t.Rows, []string{class, fmt.Sprint(want[class]), fmt.Sprint(counted[class])})
	}
	return &check.Detail{Table: t}
}

// judgeQuantiles holds the histogram's quantiles against the client's. The
// client sees what the service does, the way there and back, and every stall
// of the machine: the service may have measured less than that, never more,
// and never less than what its requests took for certain.
func (t truth) judgeQuantiles(f evidence.Family) {
	all := evidence.Merge(f.Series)
	took := durations(t.sent)
	for _, q := range []float64{0.5, 0.95, 0.99} {
		lower, upper, ok := all.Interval(q)
		if !ok {
			continue
		}
		unit := perSecond(f)
		least, most := rank(t.floors, q-nearby), rank(took, q+nearby)
		if lower/unit > most.Seconds() || upper/unit < tolerated(least).Seconds() {
			t.Fail(check.Evidence{Rung: check.Proven, Where: t.where, Detail: t.compared(f, q, rank(took, q)),
				Text: fmt.Sprintf("p%g of %s lies between %s and %s, the client measured %s%s", q*100, f.Name, inSeconds(lower/unit), inSeconds(upper/unit),
					rank(took, q).Round(time.Millisecond), unitHint(f, lower, least, most))})
			return
		}
	}
	t.Showf(check.Proven, t.where, "p50, p95 and p99 of %s agree with the client's", f.Name)
}

// unitHint names the usual reason of a quantile that is a thousand times off.
func unitHint(f evidence.Family, lower float64, least, most time.Duration) string {
	if ms := lower / 1e3 / perSecond(f); ms >= least.Seconds()/4 && ms <= most.Seconds() {
		return "; the values look like milliseconds, and the metric's name says otherwise"
	}
	return ""
}

// tolerated is the least that the service may have measured of what took the
// client d: the rest is the way there and back, and the machine's noise.
func tolerated(d time.Duration) time.Duration {
	return min(d*3/4, d-25*time.Millisecond)
}

func inSeconds(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return fmt.Sprintf("%gs", v)
}

func (t truth) compared(f evidence.Family, q float64, client time.Duration) *check.Detail {
	d := histogramOf(f, 0)
	if d != nil {
		d.Histogram.Marks = []check.QuantileMark{{Name: fmt.Sprintf("p%g, client", q*100), Value: service.Duration(client)}}
	}
	return d
}
