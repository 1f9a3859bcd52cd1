package observability

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

var _ = check.Register(check.Check{
	ID:    "observability/access-log",
	Title: "The log says of each request who accessed what, when, and with what result",
	Why: `After an incident the questions are who was served wrongly, by which endpoint, since when.
Metrics have forgotten the caller and the single request; only the access log knows.`,
	Gate:  check.FollowUp,
	Needs: check.Observed,
	How: `The drill traffic sends requests with traceparents of its own. Each must have a line with its
method, its path or route, its status, a duration, and the client's address or a subject, or
two lines, as where its arrival and its end are logged apart, that do together. A line is a
request's when it carries its trace id, or no trace id and was written meanwhile. Method,
path and status must be those that were sent and answered; fields go by their usual names,
nested or not (http.response.status_code, res.statusCode, StatusCode), durations by any unit.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	After: []string{"observability/log-trace-correlation"},
	Judge: judgeAccess,
	Remedy: check.Remedy{Text: `Write one line at the end of each request, in the outermost middleware: event, method, route
(the template), status, duration_ms, remote, and the subject once it is authenticated – an id,
never a mail address. Write it for errors, refusals and panics too.`},
})

// accessFacts is what an access log tells of a request.
var accessFacts = []struct {
	name string
	has  func(logged, *evidence.Request) bool
}{
	{"its method", logged.hasMethod},
	{"its path or route", logged.hasPath},
	{"its status", logged.hasStatus},
	{"a duration", logged.hasDuration},
	{"the client's address or a subject", logged.hasWho},
}

func judgeAccess(p *check.Pass) error {
	j, events, err := inTrial(p, "traffic", "apart")
	if err != nil {
		return err
	}
	const where = "drill traffic, apart"
	requests := answeredIn(events, "apart", "together")
	if len(requests) == 0 {
		return errors.New(where + ": no request was answered")
	}
	if err := complete(where, events); err != nil {
		return err
	}
	var first dated
	var lacks []string
	without := 0
	for _, r := range requests {
		if missing := accessLacks(j.of(r), r.Request); missing != nil {
			if without++; without == 1 {
				first, lacks = r, missing
			}
		}
	}
	if without == 0 {
		p.Showf(check.Observed, where, "each of %d requests has its method, path, status, duration and client in its lines", len(requests))
		return nil
	}
	p.Fail(check.Evidence{Rung: check.Observed, Where: where, Detail: logOf(j.of(first)),
		Text: fmt.Sprintf("%d of %d requests are not told of whole; the first, %s (%s %s): %s", without, len(requests), first.Name, first.Method, first.Path, lacking(j.of(first), lacks))})
	return nil
}

// lacking says what the best of a request's lines lack.
func lacking(lines []logged, lacks []string) string {
	if len(lines) == 0 {
		return "no line was written for it"
	}
	return "no line holds " + strings.Join(lacks, ", nor ")
}

// answeredIn returns the requests of some phases that got an answer.
func answeredIn(events []evidence.Event, phases ...string) []dated {
	var list []dated
	for _, phase := range phases {
		for _, r := range requestsOf(evidence.In(phase, events)) {
			if r.Status != 0 && !r.Open {
				list = append(list, r)
			}
		}
	}
	return list
}

// accessLacks returns the facts of which no line, nor any two lines, tell
// together; nil when there is nothing missing.
func accessLacks(lines []logged, r *evidence.Request) []string {
	tell := make([]uint, len(lines))
	for i, l := range lines {
		for n, fact := range accessFacts {
			if fact.has(l, r) {
				tell[i] |= 1 << n
			}
		}
	}
	best := uint(0)
	for _, one := range append(slices.Clone(tell), 0) {
		for _, other := range tell {
			if both := one | other; bits.OnesCount(both) > bits.OnesCount(best) {
				best = both
			}
		}
	}
	var missing []string
	for n, fact := range accessFacts {
		if best&(1<<n) == 0 {
			missing = append(missing, fact.name)
		}
	}
	return missing
}
