package observability

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// batch is the requests of a stretch of a drill.
type batch struct {
	answered []*evidence.Request
	lost     int // sent and not answered: the service may have counted them or not
}

// batchOf returns the requests that were due after a moment.
func batchOf(events []evidence.Event, after service.Duration) batch {
	var b batch
	for at, r := range evidence.Requests(events) {
		switch {
		case at < after || strings.HasPrefix(r.Error, "not sent"):
		case r.Status == 0 || r.Open:
			b.lost++
		default:
			b.answered = append(b.answered, r)
		}
	}
	return b
}

// without leaves out the requests of paths that begin with prefix.
func (b batch) without(prefix string) batch {
	b.answered = slices.DeleteFunc(slices.Clone(b.answered), func(r *evidence.Request) bool { return strings.HasPrefix(r.Path, prefix) })
	return b
}

// failures counts the answers that tell of a failure.
func (b batch) failures() int {
	n := 0
	for _, r := range b.answered {
		if r.Status >= 400 {
			n++
		}
	}
	return n
}

// tally is how often something happened, in all and by class of status.
type tally struct {
	total    float64
	classes  map[string]float64
	statuses bool // whether classes are told apart
}

func (b batch) tally() tally {
	t := tally{total: float64(len(b.answered)), classes: map[string]float64{}, statuses: true}
	for _, r := range b.answered {
		t.classes[fmt.Sprintf("%dxx", r.Status/100)]++
	}
	return t
}

func tallyOf(f evidence.Family) tally {
	t := tally{classes: map[string]float64{}, statuses: hasStatus(f)}
	for _, s := range f.Series {
		t.total += countOf(f, s)
		status, _ := labelOf(s, statusLabels)
		if class := statusClass(status); class != "" {
			t.classes[class] += countOf(f, s)
		}
	}
	return t
}

// String formats t as "60 (40 × 2xx, 20 × 5xx)".
func (t tally) String() string {
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(t.classes)) {
		if t.classes[class] > 0 {
			parts = append(parts, fmt.Sprintf("%g × %s", t.classes[class], class))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%g", t.total)
	}
	return fmt.Sprintf("%g (%s)", t.total, strings.Join(parts, ", "))
}

// stretch is what lies between two scrapes of the drill.
type stretch struct {
	when          string
	before, after *evidence.Scrape
	batch
}

// judgeCounts holds the rises of the metrics against the requests that were
// sent. A counter without statuses that rose by less may be of some requests
// only – slow ones, cached ones – and is no lie where another metric agrees.
func (t truth) judgeCounts(families []evidence.Family, s stretch) {
	agree := slices.ContainsFunc(families, func(f evidence.Family) bool { return t.agrees(f, s) })
	for _, f := range families {
		rise, want := tallyOf(t.rise(f, s.before, s.after)), s.tally()
		some := f.Type == "counter" && !hasStatus(f) && rise.total < want.total
		switch {
		case t.agrees(f, s):
			t.Showf(check.Proven, t.where, "%s rose by exactly %s %s", f.Name, rise, s.when)
		case agree && some:
		default:
			t.Fail(check.Evidence{Rung: check.Proven, Where: t.where, Detail: classTable(want, rise),
				Text: fmt.Sprintf("%s rose by %s %s, while %s were sent", f.Name, rise, s.when, want)})
		}
	}
}

// agrees reports whether a metric rose by exactly the requests of a stretch.
func (t truth) agrees(f evidence.Family, s stretch) bool {
	rise, want := tallyOf(t.rise(f, s.before, s.after)), s.tally()
	slack := float64(s.lost)
	if !tells(f, t.Service()) {
		slack += 2 // scraping is a request too, and one scrape may ask twice
	}
	if rise.total < want.total || rise.total > want.total+slack {
		return false
	}
	if !hasStatus(f) {
		return true
	}
	for _, class := range []string{"1xx", "2xx", "3xx", "4xx", "5xx"} {
		if got := rise.classes[class]; got < want.classes[class] || got > want.classes[class]+slack {
			return false
		}
	}
	return true
}

// rise returns by how much a family rose between two scrapes, without what
// probes and scrapes brought.
func (t truth) rise(f evidence.Family, before, after *evidence.Scrape) evidence.Family {
	rise := evidence.Family{Name: f.Name, Type: f.Type}
	if now := after.Family(f.Name); now != nil {
		rise = now.Since(before.Family(f.Name))
	}
	rise.Series = slices.DeleteFunc(slices.Clone(rise.Series), func(s evidence.Series) bool { return aboutProbes(s, t.Service().Endpoints) })
	return rise
}

func classTable(want, counted tally) *check.Detail {
	t := &check.Table{Columns: []string{"status", "answers seen by the client", "counted by the service"}}
	for _, class := range []string{"1xx", "2xx", "3xx", "4xx", "5xx"} {
		if want.classes[class]+counted.classes[class] > 0 {
			t.Rows = append(t.Rows, []string{class, fmt.Sprint(want.classes[class]), fmt.Sprint(counted.classes[class])})
		}
	}
	t.Rows = append(t.Rows, []string{"all", fmt.Sprint(want.total), fmt.Sprint(counted.total)})
	return &check.Detail{Table: t}
}
