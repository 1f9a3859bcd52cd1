package resilience

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "resilience/isolation",
	Title: "A dependency that hangs does not take down what does not need it",
	Why: `Requests that wait for the slow dependency fill the pool of workers, threads or connections
that all share. Then the whole service is down because something that most of it never asks
is slow.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill isolation sends the traffic that uses a dependency at its declared peak (60 to
100 requests a second) and the traffic that does not beside it; first with everything whole,
then with the dependency silent. What does not use it must succeed (99 %) and keep its p99:
at most twice that of the first run, or 250 ms more, whichever is greater.`,
	Reads: []evidence.Kind{evidence.Recorded("isolation")},
	Judge: judgeIsolation,
	Remedy: check.Remedy{Text: `Give each dependency a limit of its own on calls in flight (a bulkhead), a pool of
connections of its own and a timeout, and let what exceeds the limit fail at once. Where
threads are the limit, let calls not hold one while they wait.`},
})

func judgeIsolation(p *check.Pass) error {
	if len(p.Service().Dependencies) == 0 {
		return withoutDependencies(p)
	}
	rec, err := p.Drill("isolation")
	if err != nil {
		return err
	}
	var undecided []error
	none := true
	for _, dep := range p.Service().Dependencies {
		bystanders := sparing(p.Service(), dep.Name)
		if len(bystanders) == 0 {
			continue
		}
		none = false
		events, err := p.Trial(rec, dep.Name)
		for _, name := range bystanders {
			if err == nil {
				undecided = append(undecided, judgeBystander(p, dep, name, events))
			}
		}
		undecided = append(undecided, err)
	}
	if none {
		p.NotApplicable("all declared traffic uses every dependency, so nothing could be spared")
	}
	return errors.Join(undecided...)
}

// sparing returns the traffic that does not use a dependency.
func sparing(svc *service.Service, dep string) (names []string) {
	for _, tr := range svc.Traffic {
		if !slices.Contains(tr.Uses, dep) {
			names = append(names, tr.Name)
		}
	}
	return names
}

// leastBystanders is how many requests make a p99 worth comparing.
const leastBystanders = 20

func judgeBystander(p *check.Pass, dep service.Dependency, name string, events []evidence.Event) error {
	where := "drill isolation, " + dep.Name
	before, during := seen(name, evidence.PhaseControl, events), seen(name, evidence.PhaseFault, events)
	switch {
	case min(before.sent, during.sent) < leastBystanders:
		return fmt.Errorf("%s: %s was sent %d times before and %d times while %s hung; %d say something", where, name, before.sent, during.sent, dep.Name, leastBystanders)
	case before.failing():
		return fmt.Errorf("%s: %s failed already when nothing hung: %s", where, name, before.failed[0])
	}
	was, is := before.p99(), during.p99()
	limit := max(2*was, was+250*time.Millisecond)
	e := check.Evidence{Rung: check.Proven, Where: where, Detail: during.histogram(limit, was)}
	switch {
	case during.failing():
		e.Text = fmt.Sprintf("%s does not use %s, and %d of %d requests failed while that hung: %s", name, dep.Name, len(during.failed), during.sent, during.failed[0])
		p.Fail(e)
	case is > limit && during.stalled > (is-limit)/2:
		return fmt.Errorf("%s: the machine stood still for %s while %s was measured; run golive on a quieter machine", where, during.stalled.Round(10*time.Millisecond), name)
	case is > limit:
		e.Text = fmt.Sprintf("%s does not use %s, and its p99 went from %s to %s while that hung; the most is %s", name, dep.Name, milli(was), milli(is), milli(limit))
		p.Fail(e)
	default:
		e.Text = fmt.Sprintf("%s does not use %s: while that hung its p99 was %s, before %s; %d of %d succeeded", name, dep.Name, milli(is), milli(was), during.sent-len(during.failed), during.sent)
		p.Show(e)
	}
	return nil
}

func milli(d time.Duration) string { return d.Round(time.Millisecond).String() }

// bystander is what one traffic got in one phase.
type bystander struct {
	sent    int
	took    []time.Duration // ascending; without what the machine stood still meanwhile
	failed  []string
	stalled time.Duration // the most that any request lost to the machine
}

func seen(name, phase string, events []evidence.Event) bystander {
	var b bystander
	for at, r := range evidence.Requests(evidence.In(phase, events)) {
		if r.Name != name || strings.HasPrefix(r.Error, "not sent") {
			continue
		}
		b.sent++
		lost := min(evidence.Stalled(events, at, at+r.Took), r.Took.D())
		b.stalled = max(b.stalled, lost)
		b.took = append(b.took, r.Took.D()-lost)
		if !r.OK() {
			b.failed = append(b.failed, failure(r))
		}
	}
	slices.Sort(b.took)
	return b
}

// failing reports whether more than one request in a hundred failed.
func (b bystander) failing() bool { return len(b.failed)*100 > b.sent }

func (b bystander) p99() time.Duration { return quantile(b.took, 0.99) }

// histogram draws what the requests took.
func (b bystander) histogram(limit, was time.Duration) *check.Detail {
	h := &check.Histogram{Threshold: service.Duration(limit), Marks: []check.QuantileMark{
		{Name: "p99, whole", Value: service.Duration(was)}, {Name: "p99, hanging", Value: service.Duration(b.p99())},
	}}
	counted := 0
	for _, edge := range []time.Duration{5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000} {
		bucket := check.HistogramBucket{Le: service.Duration(edge * time.Millisecond)}
		for counted < len(b.took) && b.took[counted] <= bucket.Le.D() {
			bucket.Count++
			counted++
		}
		h.Buckets = append(h.Buckets, bucket)
	}
	return &check.Detail{Histogram: h}
}
