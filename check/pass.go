package check

import (
	"errors"
	"fmt"
	"slices"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// Pass is one judgement of one check: the evidence goes in, what it shows
// comes out. It is not safe for concurrent use.
type Pass struct {
	*evidence.Set
	shown []Evidence
	na    string
}

// NewPass returns a pass over the evidence.
func NewPass(set *evidence.Set) *Pass { return &Pass{Set: set} }

// Show adds evidence that the requirement holds.
func (p *Pass) Show(e Evidence) {
	e.OK = true
	p.shown = append(p.shown, e)
}

// Fail adds evidence that the requirement does not hold.
func (p *Pass) Fail(e Evidence) {
	e.OK = false
	p.shown = append(p.shown, e)
}

// Showf is Show with a formatted text.
func (p *Pass) Showf(rung Rung, where string, format string, args ...any) {
	p.Show(Evidence{Rung: rung, Where: where, Text: fmt.Sprintf(format, args...)})
}

// Failf is Fail with a formatted text.
func (p *Pass) Failf(rung Rung, where string, format string, args ...any) {
	p.Fail(Evidence{Rung: rung, Where: where, Text: fmt.Sprintf(format, args...)})
}

// upTo leaves out the evidence above a rung, None leaving out nothing.
func (p *Pass) upTo(most Rung) *Pass {
	if most != None {
		p.shown = slices.DeleteFunc(p.shown, func(e Evidence) bool { return e.Rung > most })
	}
	return p
}

// Failed reports whether any evidence so far speaks against the requirement.
func (p *Pass) Failed() bool {
	for _, e := range p.shown {
		if !e.OK {
			return true
		}
	}
	return false
}

// NotApplicable says that the requirement does not concern this service.
func (p *Pass) NotApplicable(reason string) { p.na = reason }

// Drill returns the recording of the drill called name. The error, which
// Judge returns as it is, says why there is none to judge.
func (p *Pass) Drill(name string) (*evidence.Recording, error) {
	rec := p.Recording(name)
	if rec == nil {
		return nil, fmt.Errorf("the drill %s has not run; %s", name, howToDrill(p.Service()))
	}
	if problem := rec.Problem(""); problem != nil {
		return nil, &noEvidence{"the drill " + name + " is no evidence: ", "drill " + name, problem}
	}
	return rec, nil
}

func howToDrill(s *service.Service) string {
	if len(s.Run.Command) == 0 {
		return "golive.yaml does not say how to start the service (run.command)"
	}
	return "golive review runs it, unless --no-drills, --no-run, --url or --rung keeps it from that"
}

// Trial returns the events of one trial of rec, or an error that says why
// they are no evidence.
func (p *Pass) Trial(rec *evidence.Recording, trial string) ([]evidence.Event, error) {
	if problem := rec.Problem(trial); problem != nil {
		return nil, &noEvidence{"drill " + rec.Drill + ", " + trial + ", is no evidence: ", "drill " + rec.Drill + ", " + trial, problem}
	}
	events := rec.Trial(trial)
	if len(events) == 0 {
		return nil, fmt.Errorf("drill %s did not get to %s", rec.Drill, trial)
	}
	return events, nil
}

// noEvidence is the error for a drill or a trial that shows nothing.
type noEvidence struct {
	prefix, where string
	problem       *evidence.Problem
}

func (e *noEvidence) Error() string { return e.prefix + e.problem.Text }

// lastShown is how many of a service's last lines a result carries; the
// evidence holds more.
const lastShown = 10

// lastLines returns what the service wrote last before err, for the reader
// to see why it is unknown; nil when err is another one or nothing was written.
func lastLines(err error) *Evidence {
	var none *noEvidence
	if !errors.As(err, &none) || len(none.problem.Lines) == 0 {
		return nil
	}
	log := &Log{}
	lines := none.problem.Lines
	for _, line := range lines[max(0, len(lines)-lastShown):] {
		log.Lines = append(log.Lines, LogLine{Text: line})
	}
	return &Evidence{Where: none.where, Text: "the last lines that were written", Detail: &Detail{Log: log}}
}
