package drill

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/service"
)

var _ = register(Drill{
	Name:   "traffic",
	Breaks: "nothing at first: sends the declared traffic, then some of it while a dependency is down, then 200 unknown paths",
	Undoes: "the dependency is repaired",
	Lacks:  lacksTraffic,
	Run: func(ctx context.Context, s *Session) error {
		return s.Each(ctx, []string{"load", "apart"}, func(ctx context.Context, t *Trial) error {
			if t.rec.Name() == "apart" {
				return apart(ctx, t)
			}
			return plainLoad(ctx, t)
		})
	},
})

// The load is gentle: enough requests for a p99, few enough not to be a load
// test. One answer in slowEvery is slowed, which puts p95 and p99 where the
// drill wants them instead of where the machine's noise does.
const (
	loadRate  = 40 // requests a second
	loadCount = 80 // of each traffic
	slowEvery = 8
	failCount = 20
	scanCount = 200
)

func plainLoad(ctx context.Context, t *Trial) error {
	makers, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	t.settle(ctx)
	t.Scrape(ctx, "before")
	for _, m := range makers {
		t.loadWith(ctx, m)
	}
	t.settle(ctx)
	t.Scrape(ctx, "after")
	if t.session.gentle {
		return nil
	}
	t.failSome(ctx)
	t.settle(ctx)
	t.Scrape(ctx, "after-failures")
	t.scan(ctx, makers)
	t.settle(ctx)
	t.Scrape(ctx, "after-scan")
	return nil
}

// settleFor is how long the lines, metrics and spans of an answered request
// may trail behind its answer.
const settleFor = 300 * time.Millisecond

// pushEvery is the period at which the rig asks instances to push metrics.
const pushEvery = time.Second

func (t *Trial) settle(ctx context.Context) {
	d := settleFor
	if t.session.Service().Endpoints.Metrics == "" {
		d += 2 * pushEvery
	}
	Pause(ctx, d)
}

// loadWith sends the requests of one traffic at a constant rate.
func (t *Trial) loadWith(ctx context.Context, m *load.Maker) {
	dep, slow := t.slowable(m.Traffic())
	if dep != "" {
		t.Break(dep, proxy.Latency{D: slow, Nth: slowEvery}, fmt.Sprintf("by %s, one answer in %d", slow, slowEvery))
	}
	t.Record(evidence.PhaseControl, load.Rate(ctx, load.RateOptions{
		PerSecond: loadRate, Count: loadCount, Limit: answerLimit, Next: m.Next,
	})...)
	if dep != "" {
		t.Repair(dep, proxy.Latency{})
	}
}

// undeclaredDelay is how long the answers of a dependency are held back whose
// timeout is not declared: not so long that a usual one runs out.
const undeclaredDelay = 200 * time.Millisecond

// slowable returns an HTTP dependency that the traffic uses, and by how much
// its answers can be slowed without anything timing out.
func (t *Trial) slowable(tr service.Traffic) (dep string, by time.Duration) {
	if t.session.gentle {
		return "", 0
	}
	for _, name := range tr.Uses {
		d := t.session.Service().Dependency(name)
		if d == nil || !d.IsHTTP() {
			continue
		}
		if d.Timeout == 0 {
			return name, undeclaredDelay
		}
		return name, min(300*time.Millisecond, d.Timeout.D()*2/5).Round(time.Millisecond)
	}
	return "", 0
}

// failSome makes requests fail by refusing a dependency that they cannot do
// without.
func (t *Trial) failSome(ctx context.Context) {
	for _, dep := range t.session.Service().Dependencies {
		makers, err := t.Makers(Uses(dep.Name))
		if err != nil || len(makers) == 0 || dep.Without.Do != service.Fail {
			continue
		}
		t.rec.SetPhase(evidence.PhaseFault)
		t.Break(dep.Name, proxy.Refuse{}, "so that requests fail")
		for _, m := range makers {
			t.Record(evidence.PhaseFault, load.Rate(ctx, load.RateOptions{
				PerSecond: loadRate, Count: failCount, Limit: answerLimit, Next: m.Next,
			})...)
		}
		t.Repair(dep.Name, proxy.Refuse{})
		return
	}
	t.rec.Notef("no dependency is declared that a request cannot do without (without: fail), so no request was made to fail")
}

// scan asks for paths that do not exist, as scanners do, and for declared
// paths with ids that were never seen.
func (t *Trial) scan(ctx context.Context, makers []*load.Maker) {
	t.rec.SetPhase("scan")
	t.rec.Notef("%d requests to paths that do not exist and to fresh ids", scanCount)
	n := 0
	next := func() *load.Request {
		n++
		path := fmt.Sprintf("/golive-scan-%d-%s", n, uuid.NewString()[:8])
		if n%4 == 0 {
			path = withFreshID(makers[n/4%len(makers)])
		}
		q, err := load.Get("scan", t.URL(), path)
		if err != nil {
			q, _ = load.Get("scan", t.URL(), "/golive-scan")
		}
		q.Want = 0
		return q
	}
	t.Record("scan", load.Rate(ctx, load.RateOptions{PerSecond: 200, Count: scanCount, Limit: answerLimit, Next: next})...)
}

// idSegment is a part of a path that looks like an id: it holds a digit.
var idSegment = regexp.MustCompile(`[^/?]*\d[^/?]*`)

// withFreshID returns the path of one of m's requests with every id in it
// new, and one appended where it has none.
func withFreshID(m *load.Maker) string {
	path, _, _ := strings.Cut(m.Next().URL.RequestURI(), "?")
	if !idSegment.MatchString(path) {
		return strings.TrimSuffix(path, "/") + "/" + uuid.NewString()
	}
	return idSegment.ReplaceAllStringFunc(path, func(string) string { return uuid.NewString() })
}

// apart sends requests one after another, so that the lines between belong to
// one of them, then several at once, and then some whose traceparent is
// malformed or missing. What the service traced may come later than all that.
func apart(ctx context.Context, t *Trial) error {
	makers, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	Pause(ctx, settleFor)
	t.rec.SetPhase("apart")
	for _, m := range makers {
		for range 3 {
			t.Send(ctx, m.Next(), answerLimit)
			Pause(ctx, settleFor)
		}
	}
	t.rec.SetPhase("together")
	for _, m := range makers {
		t.together(ctx, m)
	}
	t.rec.SetPhase("traceparent")
	for _, m := range makers {
		for _, value := range malformedTraceparents {
			q := m.Next()
			q.SetTraceparent(value)
			t.Send(ctx, q, answerLimit)
		}
	}
	t.settle(ctx)
	t.awaitSpans(ctx)
	return nil
}

// spansWithin is how long after its end a span may be sent: 5 s is the period
// of OpenTelemetry's batch processors, which not every service lets the
// environment change.
const spansWithin = 6 * time.Second

// awaitSpans waits for the span of each request that was sent with a valid
// traceparent and answered.
func (t *Trial) awaitSpans(ctx context.Context) {
	sent := map[string]bool{}
	for _, r := range evidence.Requests(t.session.rec.Recording().Trial(t.rec.Name())) {
		if r.Parent != "" && r.OK() {
			sent[r.Parent] = true
		}
	}
	Until(ctx, spansWithin, 100*time.Millisecond, func() bool {
		for _, s := range t.OTLP().Spans() {
			delete(sent, s.Parent)
		}
		return len(sent) == 0
	})
}

// malformedTraceparents are values that W3C Trace Context tells a receiver
// to ignore, and none at all.
var malformedTraceparents = []string{
	"",
	"golive",
	"00-00000000000000000000000000000000-0123456789abcdef-01",
	"00-0123456789abcdef0123456789abcdef-0000000000000000-01",
	"ff-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
	"00-0123456789ABCDEF0123456789ABCDEG-0123456789abcdef-01",
}

// together sends eight requests at once, held up so that all are in flight.
func (t *Trial) together(ctx context.Context, m *load.Maker) {
	dep, slow := t.slowable(m.Traffic())
	if dep != "" {
		t.Break(dep, proxy.Latency{D: slow, Nth: 1}, fmt.Sprintf("by %s, every answer", slow))
	}
	var group sync.WaitGroup
	for range 8 {
		q := m.Next()
		q.Plant = "together"
		group.Go(func() { t.Send(ctx, q, answerLimit) })
	}
	group.Wait()
	if dep != "" {
		t.Repair(dep, proxy.Latency{})
	}
	Pause(ctx, settleFor)
}
