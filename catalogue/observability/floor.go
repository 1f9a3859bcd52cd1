package observability

import (
	"math"
	"slices"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// nearby is how far around a quantile is looked: near a step of the
// distribution the service and the client may fall on either side of it.
const nearby = 0.02

// usual is the share of the requests of one traffic that may be faster than
// what counts as usual for it. It lies well below the half, so that a machine
// that stalls during many of them does not move it.
const usual = 0.4

// floorsOf returns what each request took for certain, ascending: as long as
// the longest call that was made for it, whose proxy measured it, and – the
// faster ones of a traffic aside – as long as is usual for that traffic. Not
// so the client's own measurement of a single request: it holds the moments
// in which the machine had no time for either side.
func floorsOf(sent []*evidence.Request, events []evidence.Event) []time.Duration {
	called := map[string]time.Duration{}
	for _, c := range evidence.Calls(events) {
		if trace, _, ok := traceparent(c.Header["traceparent"]); ok && c.End == evidence.Answered {
			called[trace] = max(called[trace], c.Took.D())
		}
	}
	byName := map[string][]*evidence.Request{}
	for _, r := range sent {
		byName[r.Name] = append(byName[r.Name], r)
	}
	floors := make([]time.Duration, 0, len(sent))
	for _, like := range byName {
		typical := rank(durations(like), usual)
		for _, r := range like {
			floor := min(called[r.Trace], r.Took.D()) // work that goes on after the answer is not waited for
			if r.Took.D() >= typical {
				floor = max(floor, typical)
			}
			floors = append(floors, floor)
		}
	}
	slices.Sort(floors)
	return floors
}

// durations returns how long the requests took, ascending.
func durations(requests []*evidence.Request) []time.Duration {
	took := make([]time.Duration, len(requests))
	for i, r := range requests {
		took[i] = r.Took.D()
	}
	slices.Sort(took)
	return took
}

// rank returns the quantile q of ascending values by the nearest rank.
func rank(ascending []time.Duration, q float64) time.Duration {
	if len(ascending) == 0 {
		return 0
	}
	i := int(math.Ceil(q*float64(len(ascending)))) - 1
	return ascending[min(max(i, 0), len(ascending)-1)]
}
