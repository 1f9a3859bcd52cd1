package evidence_test

import (
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

const second = service.Duration(time.Second)

// history holds events of every type, one a second, some of them twice.
func history() []evidence.Event {
	exit := 1
	events := []evidence.Event{
		{Note: &evidence.Note{}},
		{Instance: &evidence.Instance{State: evidence.Started}},
		{Probe: &evidence.Probe{Endpoint: "live", Status: 200}},
		{Probe: &evidence.Probe{Endpoint: "ready", Status: 503}},
		{Fault: &evidence.Fault{Dependency: "db", On: true}, Phase: evidence.PhaseFault},
		{Request: &evidence.Request{ID: "r1"}, Phase: evidence.PhaseFault},
		{Call: &evidence.Call{Dependency: "db"}, Phase: evidence.PhaseFault},
		{Fault: &evidence.Fault{Dependency: "db"}},
		{Line: &evidence.Line{Text: "x"}},
		{Scrape: &evidence.Scrape{Label: "before"}},
		{Scrape: &evidence.Scrape{Label: "after"}},
		{Span: &evidence.Span{Name: "s"}},
		{Canary: &evidence.Canary{Token: "t"}},
		{Instance: &evidence.Instance{State: evidence.Exited, Exit: &exit}},
		{Request: &evidence.Request{ID: "r2"}},
	}
	for i := range events {
		events[i].At = service.Duration(i) * second
	}
	return events
}

func times[T any](seq iter.Seq2[service.Duration, *T]) []int {
	var at []int
	for when, v := range seq {
		if v == nil {
			panic("an event of another type")
		}
		at = append(at, int(when/second))
	}
	return at
}

func TestMoments(t *testing.T) {
	events := history()
	for name, test := range map[string]struct{ got, want []int }{
		"requests":           {times(evidence.Requests(events)), []int{5, 14}},
		"requests of faults": {times(evidence.Requests(evidence.In(evidence.PhaseFault, events))), []int{5}},
		"calls":              {times(evidence.Calls(events)), []int{6}},
		"lines":              {times(evidence.Lines(events)), []int{8}},
		"instances":          {times(evidence.Instances(events)), []int{1, 13}},
		"spans":              {times(evidence.Spans(events)), []int{11}},
		"canaries":           {times(evidence.Canaries(events)), []int{12}},
		"probes":             {times(evidence.Probes(events, "ready")), []int{3}},
		"probes of none":     {times(evidence.Probes(events, "metrics")), nil},
		"scrapes":            {times(evidence.Scrapes(events, "")), []int{9, 10}},
		"a scrape":           {times(evidence.Scrapes(events, "after")), []int{10}},
		"faults put":         {times(evidence.Faults(events, true)), []int{4}},
		"faults taken away":  {times(evidence.Faults(events, false)), []int{7}},
		"none":               {times(evidence.Calls(nil)), nil},
		"no such phase":      {times(evidence.Calls(evidence.In("drain", events))), nil},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s are at %v, want %v", name, test.got, test.want)
		}
	}
}

func TestASequenceMayBeLeft(t *testing.T) {
	for range evidence.Requests(history()) {
		break
	}
}

func TestFirst(t *testing.T) {
	if at, r, ok := evidence.First(evidence.Requests(history())); !ok || at != 5*second || r.ID != "r1" {
		t.Errorf("the first request is %+v at %s, %t", r, at, ok)
	}
	if at, r, ok := evidence.First(evidence.Requests(nil)); ok || at != 0 || r != nil {
		t.Errorf("of none the first is %+v at %s", r, at)
	}
}

func TestInState(t *testing.T) {
	if at, i, ok := evidence.InState(history(), evidence.Exited); !ok || at != 13*second || *i.Exit != 1 {
		t.Errorf("it exited at %s: %+v, %t", at, i, ok)
	}
	if _, i, ok := evidence.InState(history(), evidence.Killed); ok || i != nil {
		t.Errorf("it was killed: %+v", i)
	}
}

func TestStalled(t *testing.T) {
	stall := func(at, took service.Duration) evidence.Event {
		return evidence.Event{At: at, Stall: &evidence.Stall{Took: took}}
	}
	events := []evidence.Event{stall(2*second, second), {At: 3 * second}, stall(5*second, 2*second)}
	for _, test := range []struct{ from, to, want service.Duration }{
		{0, 2 * second, 0},
		{0, 10 * second, 3 * second},
		{2*second + second/2, 6 * second, second + second/2},
		{5 * second, 5 * second, 0},
		{6 * second, 5 * second, 0}, // no time at all
		{8 * second, 9 * second, 0},
	} {
		if got := evidence.Stalled(events, test.from, test.to); got != test.want.D() {
			t.Errorf("from %s to %s it stood still for %s, want %s", test.from, test.to, got, test.want)
		}
	}
}
