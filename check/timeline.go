package check

import (
	"fmt"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// TimelineOf draws the events of one trial: what the drill did, what became
// of the instance, and probes, requests and calls, with runs of alike ones
// drawn as one stretch. bad, which may be nil, picks the events to mark.
func TimelineOf(trial string, events []evidence.Event, bad func(evidence.Event) bool) *Timeline {
	d := drawing{open: map[string]int{}}
	for _, e := range events {
		lane, text, to := describe(e)
		if lane == "" {
			continue
		}
		d.add(Mark{At: e.At, To: to, Lane: lane, Text: text, Bad: bad != nil && bad(e)}, e.Phase)
	}
	return &Timeline{Trial: trial, Marks: d.marks()}
}

// drawing joins neighbours of one lane that say the same.
type drawing struct {
	list []stretch
	open map[string]int // by lane: index of its last stretch
}

type stretch struct {
	Mark
	phase string
	times int
}

func (d *drawing) add(m Mark, phase string) {
	if i, ok := d.open[m.Lane]; ok && m.Lane != "drill" && m.Lane != "instance" {
		last := &d.list[i]
		if last.Text == m.Text && last.Bad == m.Bad && last.phase == phase {
			last.To = max(last.To, m.At, m.To)
			last.times++
			return
		}
	}
	d.open[m.Lane] = len(d.list)
	d.list = append(d.list, stretch{m, phase, 1})
}

func (d *drawing) marks() []Mark {
	marks := make([]Mark, len(d.list))
	for i, s := range d.list {
		if s.times > 1 {
			s.Text = fmt.Sprintf("%s, %d times", s.Text, s.times)
		}
		marks[i] = s.Mark
	}
	return marks
}

// describe returns the lane of an event, what it says, and where it ends if
// it lasted. Events that are no part of a timeline have no lane.
func describe(e evidence.Event) (lane, text string, to service.Duration) {
	switch {
	case e.Note != nil:
		return "drill", e.Note.Text, 0
	case e.Problem != nil:
		return "drill", "no evidence: " + e.Problem.Text, 0
	case e.Fault != nil:
		return "drill", describeFault(*e.Fault), 0
	case e.Stall != nil:
		return "machine", "stalled", e.At + e.Stall.Took
	case e.Instance != nil:
		return "instance", describeInstance(*e.Instance), 0
	case e.Probe != nil:
		return e.Probe.Endpoint, answer(e.Probe.Status, e.Probe.Error), e.At + e.Probe.Took
	case e.Request != nil:
		r := e.Request
		text := fmt.Sprintf("%s: %s", r.Name, answer(r.Status, r.Error))
		if r.Open {
			text = r.Name + ": still open"
		}
		if r.Plant != "" {
			text += " (" + r.Plant + ")"
		}
		return "requests", text, e.At + r.Took
	case e.Call != nil:
		return e.Call.Dependency, describeCall(*e.Call), e.At + e.Call.Took
	}
	return "", "", 0
}

func describeFault(f evidence.Fault) string {
	if f.On {
		return strings.TrimSpace(fmt.Sprintf("%s: %s %s", f.Dependency, f.Shape, f.Text))
	}
	if f.Hits == 0 {
		return f.Dependency + ": repaired"
	}
	return fmt.Sprintf("%s: repaired; %d calls met the fault", f.Dependency, f.Hits)
}

func describeInstance(i evidence.Instance) string {
	text := string(i.State)
	if i.Exit != nil {
		text += fmt.Sprintf(" with code %d", *i.Exit)
	}
	if i.Text != "" {
		text += ": " + i.Text
	}
	return text
}

func describeCall(c evidence.Call) string {
	text := strings.TrimSpace(c.Method + " " + c.Path)
	if text == "" {
		text = "connection"
	}
	if c.Status != 0 {
		text += fmt.Sprintf(" %d", c.Status)
	}
	if c.End != evidence.Answered {
		text += " " + string(c.End)
	}
	return text
}

func answer(status int, err string) string {
	if status == 0 {
		return "no answer: " + err
	}
	if err != "" {
		return fmt.Sprintf("%d, then %s", status, err)
	}
	return fmt.Sprint(status)
}
