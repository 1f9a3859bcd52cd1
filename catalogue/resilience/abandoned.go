package resilience

import (
	"slices"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// backoff is what lies between two attempts at most, the same that
// service.RequestBudget allows.
const backoff = 250 * time.Millisecond

// withoutAbandoned leaves out the attempts to connect that went on although
// every request had given up on them in time. Clients with a pool, such as
// Node's fetch, end the call at its deadline and leave the half-made
// connection to the pool, which has a limit of its own: no user and no worker
// waits for it.
func (h hung) withoutAbandoned(calls []met) (left []met, abandoned int) {
	limit := h.dep.Timeout.D() + margin(h.dep.Timeout.D())
	if h.shape != "connect" || h.dep.Timeout == 0 || !h.gaveUpInTime() {
		return calls, 0
	}
	left = slices.DeleteFunc(slices.Clone(calls), func(c met) bool { return c.Took.D() > limit })
	return left, len(calls) - len(left)
}

// gaveUpInTime reports whether each request that met the fault was answered
// within the attempts that its dependency is declared to get, on top of what
// it takes usually.
func (h hung) gaveUpInTime() bool {
	usual := h.usual()
	tries := time.Duration(h.dep.Tries())
	limit := usual + tries*h.dep.Timeout.D() + (tries-1)*backoff + margin(h.dep.Timeout.D())
	seen := false
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseFault, h.events)) {
		if !slices.Contains(r.Uses, h.dep.Name) {
			continue
		}
		if r.Open || r.Status == 0 || r.Took.D() > limit {
			return false
		}
		seen = true
	}
	return seen
}

// usual is the longest that a request took without the fault.
func (h hung) usual() (longest time.Duration) {
	for _, r := range evidence.Requests(evidence.In(evidence.PhaseControl, h.events)) {
		longest = max(longest, r.Took.D())
	}
	return longest
}
