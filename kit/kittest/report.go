package kittest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report says what became of the requests of a [Traffic].
type Report struct {
	Sent        int    // requests for which a backend was found
	Answered    int    // that got a whole answer which counts
	Lost        []Lost // those that did not, in the order in which they ended
	Waited      int    // times that a client found no ready backend and waited
	Connections int    // that were opened
}

// Lost is a request that a user would have lost.
type Lost struct {
	At      time.Time     // when it began
	Took    time.Duration // until it was lost
	Client  int           // from 1
	Backend string        // its URL
	Request string        // method and path
	Before  int           // answers that came over its connection before; 0: it was new
	Reason  string        // such as "connection reset before an answer"
}

// Reasons counts the losses by their reason.
func (r Report) Reasons() map[string]int {
	reasons := map[string]int{}
	for _, l := range r.Lost {
		reasons[l.Reason]++
	}
	return reasons
}

// String returns one line such as
//
//	1204 sent, 1190 answered, 14 lost: 12 × connection refused before the request, 2 × status 503
func (r Report) String() string {
	text := fmt.Sprintf("%d sent, %d answered, %d lost", r.Sent, r.Answered, len(r.Lost))
	reasons := r.Reasons()
	var counts []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		counts = append(counts, fmt.Sprintf("%d × %s", reasons[reason], reason))
	}
	if len(counts) > 0 {
		text += ": " + strings.Join(counts, ", ")
	}
	return text
}

// add returns the sum of two reports.
func (r Report) add(other Report) Report {
	return Report{
		Sent:        r.Sent + other.Sent,
		Answered:    r.Answered + other.Answered,
		Lost:        append(r.Lost, other.Lost...),
		Waited:      r.Waited + other.Waited,
		Connections: r.Connections + other.Connections,
	}
}

func (r Report) clone() Report {
	r.Lost = slices.Clone(r.Lost)
	return r
}
