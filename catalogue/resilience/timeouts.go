package resilience

import (
	"cmp"
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
	ID:    "resilience/timeouts",
	Title: "Every external call ends within its budget",
	Why: `A call that hangs ties up a connection, a worker and a user. Enough of them and the
service is down because something that it calls is slow.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill hang lets each dependency hang in five shapes: the connection never completes;
it is accepted and then silent; headers, then silence; the body drips; the headers drip.
Each call, seen at the proxy, must end within dependencies.NAME.timeout and a margin for
the machine (half of it, between 300 ms and 1 s); each request within its own budget; and no call may outlive the request that
waited for it.`,
	Reads: []evidence.Kind{evidence.Recorded("hang")},
	Judge: judgeTimeouts,
	Remedy: check.Remedy{Text: `Give every call a deadline for the whole of it, from the connect to the last byte of the
body: http.Client.Timeout or a context deadline in Go, a total timeout elsewhere. A read or
header timeout alone starts again with each byte. Set it from the dependency's p99, and
below the deadline of the request that waits for it.`},
})

// margin is what a call may take beyond its budget, for the noise of a shared
// machine: half of it, between 300 ms and 1 s. Longer stalls are seen and
// discounted.
func margin(budget time.Duration) time.Duration {
	return min(max(budget/2, 300*time.Millisecond), time.Second)
}

func judgeTimeouts(p *check.Pass) error {
	if len(p.Service().Dependencies) == 0 {
		return withoutDependencies(p)
	}
	rec, err := p.Drill("hang")
	if err != nil {
		return err
	}
	var undecided []error
	for _, dep := range p.Service().Dependencies {
		for _, shape := range shapesOf(dep) {
			trial := dep.Name + "/" + shape
			events, err := p.Trial(rec, trial)
			if err == nil {
				err = judgeHang(p, hung{dep, shape, trial, events})
			}
			undecided = append(undecided, err)
		}
	}
	return errors.Join(undecided...)
}

// shapesOf returns the ways in which the drill lets a dependency hang. A
// stream without known framing has no headers to let drip.
func shapesOf(dep service.Dependency) []string {
	shapes := []string{"connect", "silence", "headers", "drip"}
	if dep.IsHTTP() {
		shapes = append(shapes, "header-drip")
	}
	return shapes
}

// hung is a trial in which a dependency hung.
type hung struct {
	dep    service.Dependency
	shape  string
	trial  string
	events []evidence.Event
}

func judgeHang(p *check.Pass, h hung) error {
	calls := h.calls()
	if len(calls) == 0 {
		return fmt.Errorf("drill hang, %s: no call met the fault", h.trial)
	}
	if e, err := h.tooLong(p.Service(), calls); e != nil || err != nil {
		if e != nil {
			p.Fail(*e)
		}
		return err
	}
	if h.dep.Timeout == 0 {
		return fmt.Errorf("golive.yaml declares no timeout for %s, so there is no budget to hold its calls against; add dependencies.%s.timeout", h.dep.Name, h.dep.Name)
	}
	if err := h.unended(calls); err != nil {
		return err
	}
	longest := slices.MaxFunc(calls, func(a, b met) int { return cmp.Compare(a.waited, b.waited) })
	p.Show(check.Evidence{Rung: check.Proven, Where: "drill hang, " + h.trial, Detail: &check.Detail{Timeline: check.TimelineOf(h.trial, h.events, nil)},
		Text: fmt.Sprintf("%s: %d calls met the fault, the longest ended after %s; budget %s", h.dep.Name, len(calls), seconds(longest.waited), h.budgetText())})
	return nil
}

// tooLong finds a call, a request or the two together that went beyond what
// they may take. The error says that it may have been the machine.
func (h hung) tooLong(svc *service.Service, calls []met) (*check.Evidence, error) {
	if late, still := h.lateCall(calls); still > 0 {
		return nil, h.stalled("the call", late.waited, still)
	} else if late != nil {
		e := h.finding(fmt.Sprintf("%s: %s still open %s after the call began; budget %s",
			h.dep.Name, callName(late.Call), seconds(late.waited), h.budgetText()), late.Call)
		return &e, nil
	}
	if r, budget, still := h.lateRequest(svc); still > 0 {
		return nil, h.stalled(r.Name, r.Took, still)
	} else if r != nil {
		e := h.finding(fmt.Sprintf("%s had no answer %s after it was sent, while %s hung (%s); its budget is %s",
			r.Name, seconds(r.Took), h.dep.Name, h.shape, budget), nil)
		return &e, nil
	}
	if r, c := h.inverted(calls); r != nil {
		e := h.finding(fmt.Sprintf("inverted timeouts: %s was answered after %s, but its call to %s went on until %s; the inner timeout is longer than the outer one",
			r.Name, seconds(r.Took), h.dep.Name, seconds(c.Took)), c)
		return &e, nil
	}
	return nil, nil
}

func (h hung) stalled(what string, took service.Duration, still time.Duration) error {
	return fmt.Errorf("drill hang, %s: the machine stood still for %s while %s was open, so its %s say nothing; run golive on a quieter machine",
		h.trial, still.Round(10*time.Millisecond), what, seconds(took))
}

// met is a call that met the fault, and for how long the service waited for it.
type met struct {
	at     service.Duration
	waited service.Duration
	*evidence.Call
}

// calls returns the calls that met the fault. A connection that lay idle when
// it was put, and was cut by it, is none.
func (h hung) calls() []met {
	var calls []met
	for at, c := range evidence.Calls(h.events) {
		if c.Shape == h.shape && c.Dependency == h.dep.Name && c.End != evidence.Cut {
			calls = append(calls, met{at, h.waited(at, c), c})
		}
	}
	return calls
}

// waited is how long the service waited for a call: for as long as it was
// open. Two sorts of it go on with nobody waiting, and are counted as long as
// a request was. A connect that never completes: net/http keeps dialling after
// Client.Timeout has ended the request, Node's fetch after its signal, until
// the dialer's own timeout. And a connection of a stream: when a query's
// deadline has passed, drivers such as pgx answer the caller, and ask the
// server to cancel before they close.
func (h hung) waited(at service.Duration, c *evidence.Call) service.Duration {
	if h.shape != "connect" && h.dep.IsHTTP() {
		return c.Took
	}
	var last service.Duration
	for sent, r := range evidence.Requests(evidence.In(evidence.PhaseFault, h.events)) {
		if sent <= at {
			last = max(last, sent+r.Took)
		}
	}
	return max(0, min(c.Took, last-at))
}

// unbounded is how long a call without a declared budget may take before it
// counts as one without any timeout.
const unbounded = 9 * time.Second

// lateCall returns a call that was open for longer than its budget and, when
// that may be the machine's doing, for how long that stood still meanwhile. A
// call that is late by itself goes before one that is not.
func (h hung) lateCall(calls []met) (late *met, stalled time.Duration) {
	limit := unbounded
	if budget := h.dep.Timeout.D(); budget > 0 {
		limit = budget + margin(budget)
	}
	for _, c := range calls {
		over := c.waited.D() - limit
		if over <= 0 {
			continue
		}
		still := evidence.Stalled(h.events, c.at, c.at+c.waited)
		if over > still {
			return &c, 0
		}
		late, stalled = &c, still
	}
	return late, stalled
}

// lateRequest returns a request that had no answer within its budget, by the
// rules of lateCall.
func (h hung) lateRequest(svc *service.Service) (late *evidence.Request, budget, stalled time.Duration) {
	for at, r := range evidence.Requests(evidence.In(evidence.PhaseFault, h.events)) {
		limit, own := unbounded, unbounded
		for _, tr := range svc.Traffic {
			if b := svc.RequestBudget(tr); tr.Name == r.Name && b > 0 {
				limit, own = b+margin(b), b
			}
		}
		over := r.Took.D() - limit
		if over <= 0 {
			continue
		}
		still := evidence.Stalled(h.events, at, at+r.Took)
		if over > still {
			return r, own, 0
		}
		late, budget, stalled = r, own, still
	}
	return late, budget, stalled
}

// inverted finds a request that waited for its call, gave up on it and was
// answered while the call went on. A request that did not wait – one that
// hands its work on – is no case of it.
func (h hung) inverted(calls []met) (*evidence.Request, *evidence.Call) {
	usual := time.Duration(0)
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseControl, h.events)) {
		usual = max(usual, r.Took.D())
	}
	const waited = 200 * time.Millisecond
	for at, r := range evidence.Requests(evidence.In(evidence.PhaseFault, h.events)) {
		if r.Open || r.Took.D() < usual+waited {
			continue
		}
		for _, c := range calls {
			mine := r.Trace != "" && strings.Contains(c.Header["traceparent"], r.Trace)
			if over := (c.at + c.Took).D() - r.End(at); mine && over > margin(0) {
				return r, c.Call
			}
		}
	}
	return nil, nil
}

func (h hung) budgetText() string {
	if h.dep.Timeout == 0 {
		return "not declared"
	}
	return h.dep.Timeout.String()
}

func (h hung) finding(text string, late *evidence.Call) check.Evidence {
	return check.Evidence{
		Rung: check.Proven, Where: "drill hang, " + h.trial, Text: text,
		Detail: &check.Detail{Timeline: check.TimelineOf(h.trial, h.events, func(e evidence.Event) bool {
			return late != nil && e.Call == late || late == nil && e.Request != nil && e.Phase == evidence.PhaseFault && !e.Request.OK()
		})},
	}
}

func callName(c *evidence.Call) string {
	switch {
	case c.Shape == "connect":
		return "the attempt to connect"
	case c.Method == "":
		return "the connection"
	}
	return c.Method + " " + c.Path
}

func seconds(d service.Duration) string { return fmt.Sprintf("%.1fs", d.D().Seconds()) }
