package observability

import (
	"fmt"
	"slices"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// logged is a line of log, read.
type logged struct {
	datedLine
	entry
	traced bool // it carries a trace id, of whatever trace
}

// journal is all that the instance of a trial wrote, also over OTLP.
type journal struct {
	lines   []logged
	byTrace map[string][]int // indices of the lines that carry a trace id
}

func journalOf(events []evidence.Event) journal {
	j := journal{byTrace: map[string][]int{}}
	for at, l := range evidence.Lines(events) {
		ids := traceInText.FindAllString(l.Text, -1)
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			j.byTrace[id] = append(j.byTrace[id], len(j.lines))
		}
		e := readEntry(l.Text)
		names, _ := traceField.in(e)
		j.lines = append(j.lines, logged{datedLine{at, l}, e, len(ids) > 0 || len(names) > 0})
	}
	return j
}

// of returns the lines of a request: those with its trace id and, since that
// is another requirement's matter, those without any that were written while
// it was served. Where no line has its id, time alone must tell.
func (j journal) of(r dated) []logged {
	var lines []logged
	own := j.byTrace[r.Trace]
	for _, i := range own {
		lines = append(lines, j.lines[i])
	}
	for _, l := range j.lines {
		if (!l.traced || len(own) == 0) && r.during(l.at, afterAnswer) {
			lines = append(lines, l)
		}
	}
	return lines
}

// inTrial returns the events of one trial of a drill and what was written in
// it.
func inTrial(p *check.Pass, drill, trial string) (j journal, events []evidence.Event, err error) {
	rec, err := p.Drill(drill)
	if err != nil {
		return j, nil, err
	}
	if events, err = p.Trial(rec, trial); err != nil {
		return j, nil, err
	}
	if j = journalOf(events); len(j.lines) == 0 {
		return j, nil, fmt.Errorf("drill %s, %s: the service wrote no line to stdout or stderr", drill, trial)
	}
	return j, events, nil
}

// complete says why lines may be missing from a trial, nil when none are.
func complete(where string, events []evidence.Event) error {
	if lines, ok := flooded(events); ok {
		return fmt.Errorf("%s: the service wrote %d lines more than are kept, so what is missing may be among them", where, lines)
	}
	return nil
}

// broken is a trial in which a dependency was broken, and what it showed.
type broken struct {
	dep    service.Dependency
	drill  string
	trial  string
	where  string
	events []evidence.Event
	journal
	whole  []dated // requests that use it and got a whole answer before
	missed []dated // those that were answered while it was broken
}

// breakages returns the trials in which a dependency is refused and in which
// it is silent. The error tells which of them are no evidence.
func breakages(p *check.Pass) (list []broken, undecided []error) {
	for _, dep := range p.Service().Dependencies {
		for _, way := range [][2]string{{"down", dep.Name}, {"hang", dep.Name + "/silence"}} {
			b, err := breakage(p, dep, way[0], way[1])
			if err != nil {
				undecided = append(undecided, err)
				continue
			}
			list = append(list, b)
		}
	}
	return list, undecided
}

func breakage(p *check.Pass, dep service.Dependency, drill, trial string) (broken, error) {
	b := broken{dep: dep, drill: drill, trial: trial, where: "drill " + drill + ", " + trial}
	var err error
	if b.journal, b.events, err = inTrial(p, drill, trial); err != nil {
		return b, err
	}
	for _, r := range requestsOf(evidence.In(evidence.PhaseControl, b.events)) {
		if slices.Contains(r.Uses, dep.Name) && r.OK() {
			b.whole = append(b.whole, r)
		}
	}
	for _, r := range requestsOf(evidence.In(evidence.PhaseFault, b.events)) {
		if slices.Contains(r.Uses, dep.Name) && r.Status != 0 && !r.Open {
			b.missed = append(b.missed, r)
		}
	}
	if len(b.missed) == 0 {
		return b, fmt.Errorf("%s: no request that uses %s was answered; see traffic.uses in golive.yaml, and resilience/timeouts", b.where, dep.Name)
	}
	return b, complete(b.where, b.events)
}

// logOf draws lines, the last of many.
func logOf(lines []logged) *check.Detail {
	const most = 8
	log := &check.Log{}
	for _, l := range lines[max(0, len(lines)-most):] {
		log.Lines = append(log.Lines, check.LogLine{Stream: l.Stream, Text: l.Text, Bad: true})
	}
	if len(log.Lines) == 0 {
		return nil
	}
	return &check.Detail{Log: log}
}
