package resilience

import (
	"fmt"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// attempt is a call that met the fault.
type attempt struct {
	at service.Duration
	*evidence.Call
}

// ended is when the attempt had its answer.
func (a attempt) ended() service.Duration { return a.at + a.Took }

// chain is what one request asked of a dependency: an attempt, and those that
// repeat it.
type chain struct {
	name    string            // of the traffic, "" when it is not known
	request *evidence.Request // nil when it is not known
	sent    service.Duration
	tries   []attempt
}

// asked says what the chain asks for.
func (c chain) asked() string { return callName(c.tries[0].Call) }

// chainKey tells the attempts of one chain from all others: the trace, which
// the request brought, and what is asked for, for one request may need a
// dependency for several things.
type chainKey struct{ trace, method, path, body string }

func keyOf(c *evidence.Call, trace string) chainKey {
	return chainKey{trace, c.Method, c.Path, c.BodyHash}
}

// attempts holds a trial's attempts at a dependency, sorted into chains.
type attempts struct {
	chains   []chain
	traced   bool // the chains were told by trace; else by what they ask for
	loose    int  // attempts that belong to no chain, when neither tells
	requests int  // that were sent under the fault and need the dependency
	usual    int  // how often one request asks for the same when all is well
}

// attemptsAt sorts the attempts at dep that met a fault of the given shape.
func attemptsAt(dep service.Dependency, shape string, events []evidence.Event) attempts {
	t := tracesOf(dep.Name, events)
	a := attempts{requests: t.faulted, usual: t.usual(dep.Name, events)}
	var own, others []attempt
	for at, c := range evidence.Calls(events) {
		switch {
		case c.Dependency != dep.Name || c.Shape != shape || at < t.from:
		case t.of(c) != "":
			own = append(own, attempt{at, c})
		case !t.before[c.Method+" "+c.Path]:
			others = append(others, attempt{at, c})
		}
	}
	if len(own) > 0 {
		a.traced, a.chains = true, t.byKey(own)
		return a
	}
	if byContent := t.byKey(others); len(byContent) >= a.requests {
		a.chains = byContent
		return a
	}
	a.loose = len(others)
	return a
}

// traces knows the requests of a trial.
type traces struct {
	from     service.Duration // since when the fault was in force
	requests map[string]*evidence.Request
	sent     map[string]service.Duration
	faulted  int
	before   map[string]bool // what was called before any request: the service's own checks
}

func tracesOf(dep string, events []evidence.Event) traces {
	t := traces{requests: map[string]*evidence.Request{}, sent: map[string]service.Duration{}, before: map[string]bool{}}
	t.from, _, _ = evidence.First(evidence.Faults(events, true))
	first, _, any := evidence.First(evidence.Requests(events))
	for at, r := range evidence.Requests(events) {
		if r.Trace != "" {
			t.requests[r.Trace], t.sent[r.Trace] = r, at
		}
	}
	t.faulted = len(needing(dep, events))
	for at, c := range evidence.Calls(events) {
		if any && at < first && c.Dependency == dep {
			t.before[c.Method+" "+c.Path] = true
		}
	}
	return t
}

// of returns the trace that brought about a call, "" when it is none of the
// requests'.
func (t traces) of(c *evidence.Call) string {
	parts := strings.Split(c.Header["traceparent"], "-")
	if len(parts) != 4 || t.requests[parts[1]] == nil {
		return ""
	}
	return parts[1]
}

func (t traces) byKey(list []attempt) []chain {
	index := map[chainKey]int{}
	var chains []chain
	for _, a := range list {
		trace := t.of(a.Call)
		key := keyOf(a.Call, trace)
		i, known := index[key]
		if !known {
			i = len(chains)
			index[key] = i
			c := chain{request: t.requests[trace], sent: t.sent[trace]}
			if c.request != nil {
				c.name = c.request.Name
			}
			chains = append(chains, c)
		}
		chains[i].tries = append(chains[i].tries, a)
	}
	return chains
}

// usual is how often one request asks a whole dependency for the same: more
// than once is its way of working, and no retry.
func (t traces) usual(dep string, events []evidence.Event) int {
	most, times := 1, map[chainKey]int{}
	for _, c := range evidence.Calls(evidence.In(evidence.PhaseControl, events)) {
		if trace := t.of(c); trace != "" && c.Dependency == dep && c.Shape == "" {
			key := keyOf(c, trace)
			times[key]++
			most = max(most, times[key])
		}
	}
	return most
}

// needing returns the requests that use a dependency and were sent under the
// fault.
func needing(dep string, events []evidence.Event) []*evidence.Request {
	var list []*evidence.Request
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseFault, events)) {
		if slices.Contains(r.Uses, dep) {
			list = append(list, r)
		}
	}
	return list
}

// limit is how many attempts a chain may have.
func (a attempts) limit(dep service.Dependency) int { return dep.Tries() * a.usual }

// longest is the greatest number of attempts of a chain.
func (a attempts) longest() (most int) {
	for _, c := range a.chains {
		most = max(most, len(c.tries))
	}
	return most
}

// untold says that attempts cannot be told apart.
func (a attempts) untold(where string) error {
	return fmt.Errorf("%s: %d calls of %d requests cannot be told apart, for they carry neither the requests' trace ids nor anything else of their own; pass traceparent on (observability/trace-propagation)",
		where, a.loose, a.requests)
}
