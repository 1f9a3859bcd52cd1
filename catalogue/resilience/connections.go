package resilience

import (
	"fmt"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

// judgeConnections counts the connections to what is no HTTP. A driver may
// need two for one attempt, with TLS and without, and keep its pool filled
// beside.
func (r retried) judgeConnections() (check.Evidence, error) {
	from, _, _ := evidence.First(evidence.Faults(r.events, true))
	until, _, repaired := evidence.First(evidence.Faults(r.events, false))
	requests := len(needing(r.dep.Name, r.events))
	if requests == 0 || !repaired {
		return check.Evidence{}, fmt.Errorf("%s: no request that uses %s was sent while it was down; see traffic.uses in golive.yaml", r.where(), r.dep.Name)
	}
	n := 0
	for at, c := range evidence.Calls(r.events) {
		if c.Dependency == r.dep.Name && c.Shape == "refuse" && at >= from {
			n++
		}
	}
	upkeep := 10 + int(5*(until-from).D().Seconds())
	switch most := 2*requests*r.dep.Tries() + upkeep; {
	case n > most:
		return r.finding(fmt.Sprintf("%s: %d requests made %d attempts to connect; %d attempts are declared, and two connections each with %d more to keep a pool make %d",
			r.dep.Name, requests, n, r.dep.Tries(), upkeep, most)), nil
	case n == 0:
		e := r.shows(fmt.Sprintf("%s: the system does not show its refused connections, so attempts cannot be told", r.dep.Name))
		e.Rung = check.Observed
		return e, nil
	}
	return r.shows(fmt.Sprintf("%s: %d requests made %d attempts to connect; of what is no HTTP more cannot be told", r.dep.Name, requests, n)), nil
}
