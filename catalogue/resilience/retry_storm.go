package resilience

import (
	"fmt"
	"slices"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "resilience/retry-storm",
	Title: "Retries do not multiply an outage: what is down gets hardly more calls than requests come",
	Why: `Three attempts a call are three times the load, at the moment at which the dependency can
bear least; where each layer does it, nine or twenty-seven times. What went down for a minute
then stays down for an hour.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill storm takes each dependency down for 3 s under 80 requests a second. The first
half may spend what a retry budget has saved. In the second half the calls per request, as a
multiple of the usual, must not exceed dependencies.NAME.storm, or 1.2. Of other protocols
than HTTP the attempts to connect are counted; two for each call, and some for the upkeep of
a pool, are granted.`,
	Reads: []evidence.Kind{evidence.Recorded("storm")},
	Judge: judgeStorm,
	Remedy: check.Remedy{Text: `Give retries a budget – one for ten calls, say – and put a circuit breaker before the
dependency, both in the client that makes the calls. Declare what you allow in
dependencies.NAME.storm.`},
})

func judgeStorm(p *check.Pass) error {
	return eachDependency(p, "storm", func(rec *evidence.Recording, dep service.Dependency) error {
		events, err := p.Trial(rec, dep.Name)
		if err != nil {
			return err
		}
		return judgeStormOn(p, dep, events)
	})
}

// leastOfHalf is how many requests make a half of an outage that says
// something about an average.
const leastOfHalf = 10

func judgeStormOn(p *check.Pass, dep service.Dependency, events []evidence.Event) error {
	where := "drill storm, " + dep.Name
	o := outageIn(dep, events)
	first, second := o.half(o.from, o.middle), o.half(o.middle, o.to+1)
	switch {
	case second.requests < leastOfHalf:
		return fmt.Errorf("%s: only %d requests that use %s were sent in the second half of its outage; %d say something", where, second.requests, dep.Name, leastOfHalf)
	case first.calls+second.calls == 0 && dep.IsHTTP():
		return fmt.Errorf("%s: no call of a request met the outage; see traffic.uses in golive.yaml", where)
	}
	e := check.Evidence{Rung: check.Proven, Where: where, Detail: o.table()}
	limit := dep.StormFactor() + second.upkeep/(o.usual*float64(second.requests))
	e.Text = fmt.Sprintf("%s: %.2f × the usual calls per request in the first half of the outage, %.2f × in the second; the most is %.1f ×%s",
		dep.Name, first.factor(o.usual), second.factor(o.usual), limit, second.held())
	switch {
	case second.factor(o.usual) > limit:
		p.Fail(e)
		return nil
	case first.calls+second.calls == 0:
		e.Rung = check.Observed
		e.Text = dep.Name + ": the system does not show its refused connections, so calls cannot be counted"
	}
	p.Show(e)
	return nil
}

// storming is an outage under load: when requests came, and calls.
type storming struct {
	from, middle, to service.Duration // of the requests
	requests, calls  []service.Duration
	usual            float64 // calls per request when all is well, at least 1
	http             bool
}

func outageIn(dep service.Dependency, events []evidence.Event) storming {
	o := storming{usual: 1, http: dep.IsHTTP()}
	shape := "refuse"
	if o.http {
		shape = "status"
	}
	t := tracesOf(dep.Name, events)
	for at, r := range evidence.Requests(evidence.In(evidence.PhaseFault, events)) {
		if slices.Contains(r.Uses, dep.Name) {
			o.requests = append(o.requests, at)
		}
	}
	if len(o.requests) == 0 {
		return o
	}
	o.from, o.to = o.requests[0], o.requests[len(o.requests)-1]
	o.middle = o.from + (o.to-o.from)/2
	o.calls = t.causedBy(dep.Name, shape, events)
	if o.http {
		// a stream's connections stay open, and tell nothing of calls
		o.usual = max(1, t.perRequest(dep.Name, events))
	}
	return o
}

// causedBy returns when the calls at a dependency that met a fault were
// caused: when their request was due or, where that is not known, when they
// arrived. The service's own checks are left out as far as they can be told.
func (t traces) causedBy(dep, shape string, events []evidence.Event) []service.Duration {
	var own, others []service.Duration
	for at, c := range evidence.Calls(events) {
		switch trace := t.of(c); {
		case c.Dependency != dep || c.Shape != shape || at < t.from:
		case trace != "":
			own = append(own, t.sent[trace])
		case c.Method == "" || !t.before[c.Method+" "+c.Path]:
			others = append(others, at)
		}
	}
	if len(own) > 0 {
		return own
	}
	return others
}

// perRequest is how many calls a request causes when all is well.
func (t traces) perRequest(dep string, events []evidence.Event) float64 {
	own, others, requests := 0, 0, 0
	control := evidence.In(evidence.PhaseControl, events)
	for _, c := range evidence.Calls(control) {
		switch {
		case c.Dependency != dep || c.Shape != "":
		case t.of(c) != "":
			own++
		case !t.before[c.Method+" "+c.Path]:
			others++
		}
	}
	for _, r := range evidence.Requests(control) {
		if slices.Contains(r.Uses, dep) {
			requests++
		}
	}
	if own == 0 {
		own = others
	}
	return float64(own) / float64(max(1, requests))
}

// stretch counts what came in a part of an outage.
type stretch struct {
	requests, calls int
	upkeep          float64 // calls that are granted besides
}

func (o storming) half(from, to service.Duration) stretch {
	s := stretch{requests: within(o.requests, from, to), calls: within(o.calls, from, to)}
	if !o.http {
		s.upkeep = float64(s.requests) + 5*(to-from).D().Seconds()
	}
	return s
}

func within(times []service.Duration, from, to service.Duration) (n int) {
	for _, at := range times {
		if at >= from && at < to {
			n++
		}
	}
	return n
}

func (s stretch) factor(usual float64) float64 {
	return float64(s.calls) / (usual * float64(max(1, s.requests)))
}

// held says what can be seen of a breaker.
func (s stretch) held() string {
	if s.calls*2 < s.requests {
		return "; a breaker kept calls back"
	}
	return ""
}

// table shows the outage by half seconds.
func (o storming) table() *check.Detail {
	const step = service.Duration(500 * time.Millisecond)
	t := &check.Table{Columns: []string{"since it began", "requests", "calls that they caused"}}
	for from := o.from; from <= o.to && len(t.Rows) < 20; from += step {
		t.Rows = append(t.Rows, []string{
			fmt.Sprintf("%.1fs", (from - o.from).D().Seconds()),
			fmt.Sprint(within(o.requests, from, from+step)),
			fmt.Sprint(within(o.calls, from, from+step)),
		})
	}
	return &check.Detail{Table: t}
}
