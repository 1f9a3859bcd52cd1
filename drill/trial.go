package drill

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/rig/proxy"
	"github.com/golive-dev/golive/rig/scrape"
	"github.com/golive-dev/golive/service"
)

// Trial is the rig's trial with the steps that drills share.
type Trial struct {
	*rig.Trial
	rec     *evidence.TrialRecorder
	session *Session
}

// Boot starts the instance and waits until it takes traffic: until it is
// ready or, where readiness never comes even without a fault, until it serves.
func (t *Trial) Boot(ctx context.Context) error {
	if err := t.Start(ctx, rig.StartOptions{}); err != nil {
		return err
	}
	return t.Await(ctx)
}

// Begin boots the instance and sends the control of all declared traffic. It
// returns the makers of that traffic.
func (t *Trial) Begin(ctx context.Context) ([]*load.Maker, error) {
	makers, err := t.Makers(nil)
	if err != nil {
		return nil, err
	}
	if err := t.Boot(ctx); err != nil {
		return nil, err
	}
	return makers, t.Control(ctx, makers)
}

// Await waits until the started instance takes traffic.
func (t *Trial) Await(ctx context.Context) error {
	if t.session.pre.ready {
		return t.AwaitReady(ctx)
	}
	return t.AwaitServing(ctx)
}

// Makers returns a maker for each declared traffic that keep accepts.
func (t *Trial) Makers(keep func(service.Traffic) bool) ([]*load.Maker, error) {
	var makers []*load.Maker
	for _, tr := range t.session.Service().Traffic {
		if keep != nil && !keep(tr) {
			continue
		}
		m, err := load.NewMaker(t.URL(), tr)
		if err != nil {
			return nil, noEvidencef("%v", err)
		}
		makers = append(makers, m)
	}
	return makers, nil
}

// Uses picks the traffic that needs the dependency.
func Uses(dep string) func(service.Traffic) bool {
	return func(tr service.Traffic) bool { return slices.Contains(tr.Uses, dep) }
}

// Send sends q, waits at most wait for its answer, and records it.
func (t *Trial) Send(ctx context.Context, q *load.Request, wait time.Duration) load.Result {
	phase := t.rec.Phase()
	r := load.Do(ctx, q, wait)
	t.Record(phase, r)
	return r
}

// Record adds a result under the given phase.
func (t *Trial) Record(phase string, results ...load.Result) {
	for _, r := range results {
		at, e := r.Event()
		e.Phase = phase
		t.rec.Add(at, e)
	}
}

// Control sends one request of each maker, twice, and fails as no evidence
// unless all get the answer that they want. A service that was seen to answer
// in the end gets the time for it.
func (t *Trial) Control(ctx context.Context, makers []*load.Maker) error {
	t.rec.SetPhase(evidence.PhaseControl)
	end := time.Now()
	if len(t.session.pre.answers) == len(t.session.Service().Traffic) {
		end = end.Add(patience)
	}
	for {
		err := t.control(ctx, makers)
		if err == nil || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
		Pause(ctx, controlPause)
	}
}

// controlPause lies between two attempts at a control.
const controlPause = 200 * time.Millisecond

func (t *Trial) control(ctx context.Context, makers []*load.Maker) error {
	for range 2 {
		for i, r := range t.round(ctx, makers, wholeAnswer) {
			if !r.OK() {
				return noEvidencef("control: %s %s", makers[i].Traffic().Request, told(r))
			}
		}
	}
	return nil
}

// round sends one request of each maker, side by side, and returns the
// results in the order of the makers. wait says how long for an answer.
func (t *Trial) round(ctx context.Context, makers []*load.Maker, wait func(service.Traffic) time.Duration) []load.Result {
	results := make([]load.Result, len(makers))
	var group sync.WaitGroup
	for i, m := range makers {
		q, limit := m.Next(), wait(m.Traffic())
		group.Go(func() { results[i] = t.Send(ctx, q, limit) })
	}
	group.Wait()
	return results
}

// wholeAnswer is how long any request may take without a fault.
func wholeAnswer(service.Traffic) time.Duration { return answerLimit }

// answerLimit is how long a request without a fault may take before the
// control counts as failed.
const answerLimit = 15 * time.Second

// told says how an answer differs from the wanted one.
func told(r load.Result) string {
	switch {
	case r.Open:
		return fmt.Sprintf("had no answer after %s, expected %d", r.Took, r.Want)
	case r.Status == 0:
		return fmt.Sprintf("had no answer (%s), expected %d", r.Error, r.Want)
	case r.Error != "":
		return fmt.Sprintf("answered %d, then %s; expected %d", r.Status, r.Error, r.Want)
	}
	return fmt.Sprintf("answered %d, expected %d", r.Status, r.Want)
}

// Break puts a fault before a dependency and records that. It counts from the
// moment at which it begins to be put: connections are reset one by one, and
// what a probe sees of that is no longer the whole service.
func (t *Trial) Break(dep string, f proxy.Fault, text string) {
	at := time.Now()
	t.Proxy(dep).Break(f)
	t.rec.Add(at, evidence.Event{Fault: &evidence.Fault{Dependency: dep, Shape: f.Shape(), On: true, Text: text}})
}

// called reports whether the dependency was called while it was whole. Not
// every kernel tells which connects a closed port refused; that the same
// requests called it before is the proof that they met the fault.
func (t *Trial) called(dep string) bool {
	for _, c := range evidence.Calls(t.session.rec.Recording().Trial(t.rec.Name())) {
		if c.Dependency == dep && c.Shape == "" {
			return true
		}
	}
	return false
}

// Repair takes the fault before a dependency away and returns how many calls
// met it.
func (t *Trial) Repair(dep string, f proxy.Fault) int {
	hits := t.Proxy(dep).Repair()
	t.rec.Add(time.Now(), evidence.Event{Fault: &evidence.Fault{Dependency: dep, Shape: f.Shape(), Hits: hits}})
	return hits
}

// Watch asks the liveness and readiness endpoints, where declared, every
// period until the returned function is called, and records each answer.
// seen, which may be nil, hears of them too.
func (t *Trial) Watch(ctx context.Context, period time.Duration, seen func(evidence.Probe)) (stop func()) {
	ends := t.session.Service().Endpoints
	var probers []*load.Prober
	for _, e := range []struct{ endpoint, path string }{{"live", ends.Live}, {"ready", ends.Ready}} {
		if e.path == "" {
			continue
		}
		probers = append(probers, load.StartProber(ctx, load.ProberOptions{
			Endpoint: e.endpoint, URL: t.OpsURL() + e.path, Period: period,
			On: func(at time.Time, p evidence.Probe) {
				t.rec.Add(at, evidence.Event{Probe: &p})
				if seen != nil {
					seen(p)
				}
			},
		}))
	}
	return func() {
		for _, p := range probers {
			p.Stop()
		}
	}
}

// Scrape reads the metrics endpoint, or what was pushed where none is
// declared, and records it under label.
func (t *Trial) Scrape(ctx context.Context, label string) {
	path := t.session.Service().Endpoints.Metrics
	var s evidence.Scrape
	if path != "" {
		s = scrape.Get(ctx, http.DefaultClient, t.OpsURL()+path)
	} else {
		s, _ = t.OTLP().Scrape()
		s.Via = "otlp"
	}
	s.Label = label
	t.rec.Add(time.Now(), evidence.Event{Scrape: &s})
}

// Pause waits, or less when the context ends.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Until asks done every step until it holds, the limit is over or the
// context ends, and reports whether it held.
func Until(ctx context.Context, limit, step time.Duration, done func() bool) bool {
	for end := time.Now().Add(limit); ; Pause(ctx, step) {
		if done() {
			return true
		}
		if ctx.Err() != nil || time.Now().After(end) {
			return false
		}
	}
}
