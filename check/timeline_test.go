package check

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

const ms = service.Duration(time.Millisecond)

func probe(at service.Duration, phase string, status int) evidence.Event {
	return evidence.Event{At: at, Phase: phase, Probe: &evidence.Probe{Endpoint: "ready", Status: status, Took: ms}}
}

func TestTimelineJoinsWhatIsAlike(t *testing.T) {
	events := []evidence.Event{
		probe(0, "control", 200),
		{At: 50 * ms, Phase: "control", Request: &evidence.Request{Name: "order", Status: 201, Took: 9 * ms}}, // another lane lies between
		probe(100*ms, "control", 200),
		probe(200*ms, "control", 200),
		probe(300*ms, "fault", 200), // another phase
		probe(400*ms, "fault", 503),
		probe(500*ms, "fault", 503),
		probe(600*ms, "fault", 200),
	}
	got := TimelineOf("store", events, func(e evidence.Event) bool { return e.At == 500*ms })
	want := &Timeline{Trial: "store", Marks: []Mark{
		{At: 0, To: 201 * ms, Lane: "ready", Text: "200, 3 times"},
		{At: 50 * ms, To: 59 * ms, Lane: "requests", Text: "order: 201"},
		{At: 300 * ms, To: 301 * ms, Lane: "ready", Text: "200"},
		{At: 400 * ms, To: 401 * ms, Lane: "ready", Text: "503"},
		{At: 500 * ms, To: 501 * ms, Lane: "ready", Text: "503", Bad: true}, // marked, so not one of the others
		{At: 600 * ms, To: 601 * ms, Lane: "ready", Text: "200"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func TestTimelineKeepsEveryStepOfTheDrill(t *testing.T) {
	step := evidence.Event{Note: &evidence.Note{Text: "SIGTERM"}}
	started := evidence.Event{Instance: &evidence.Instance{State: evidence.Started}}
	got := TimelineOf("t", []evidence.Event{step, step, started, started}, nil)
	if len(got.Marks) != 4 {
		t.Errorf("marks are %+v", got.Marks)
	}
}

func TestTimelineStretchesCoverTheLongest(t *testing.T) {
	slow, quick := probe(0, "", 200), probe(100*ms, "", 200)
	slow.Probe.Took = 900 * ms
	if got := TimelineOf("t", []evidence.Event{slow, quick}, nil); got.Marks[0].To != 900*ms {
		t.Errorf("the stretch ends at %s", got.Marks[0].To)
	}
}

func TestTimelineTells(t *testing.T) {
	exit := 137
	for name, test := range map[string]struct {
		event evidence.Event
		lane  string
		text  string
	}{
		"a problem":             {evidence.Event{Problem: &evidence.Problem{Text: "not hit"}}, "drill", "no evidence: not hit"},
		"a fault":               {evidence.Event{Fault: &evidence.Fault{Dependency: "db", Shape: "latency", On: true, Text: "by 200ms"}}, "drill", "db: latency by 200ms"},
		"a fault without text":  {evidence.Event{Fault: &evidence.Fault{Dependency: "db", Shape: "refuse", On: true}}, "drill", "db: refuse"},
		"a repair":              {evidence.Event{Fault: &evidence.Fault{Dependency: "db", Shape: "refuse", Hits: 3}}, "drill", "db: repaired; 3 calls met the fault"},
		"a repair of none":      {evidence.Event{Fault: &evidence.Fault{Dependency: "db"}}, "drill", "db: repaired"},
		"an instance":           {evidence.Event{Instance: &evidence.Instance{State: evidence.Killed, Exit: &exit, Text: "1 process left"}}, "instance", "killed with code 137: 1 process left"},
		"no answer to a probe":  {evidence.Event{Probe: &evidence.Probe{Endpoint: "live", Error: "EOF"}}, "live", "no answer: EOF"},
		"a request":             {evidence.Event{Request: &evidence.Request{Name: "order", Status: 503}}, "requests", "order: 503"},
		"an open request":       {evidence.Event{Request: &evidence.Request{Name: "order", Open: true}}, "requests", "order: still open"},
		"a planted request":     {evidence.Event{Request: &evidence.Request{Name: "order", Plant: "slow", Error: "EOF"}}, "requests", "order: no answer: EOF (slow)"},
		"half an answer":        {evidence.Event{Request: &evidence.Request{Name: "order", Status: 200, Error: "EOF"}}, "requests", "order: 200, then EOF"},
		"a call":                {evidence.Event{Call: &evidence.Call{Dependency: "stock", Method: "GET", Path: "/x", Status: 200, End: evidence.Answered}}, "stock", "GET /x 200"},
		"a connection given up": {evidence.Event{Call: &evidence.Call{Dependency: "db", End: evidence.GaveUp}}, "db", "connection gave-up"},
		"a stall":               {evidence.Event{Stall: &evidence.Stall{}}, "machine", "stalled"},
	} {
		marks := TimelineOf("t", []evidence.Event{test.event}, nil).Marks
		if len(marks) != 1 || marks[0].Lane != test.lane || marks[0].Text != test.text {
			t.Errorf("%s: %+v", name, marks)
		}
	}
}

func TestTimelineLeavesOutWhatIsDrawnElsewhere(t *testing.T) {
	for _, e := range []evidence.Event{
		{}, {Line: &evidence.Line{}}, {Flood: &evidence.Flood{}}, {Scrape: &evidence.Scrape{}}, {Span: &evidence.Span{}}, {Canary: &evidence.Canary{}},
	} {
		if marks := TimelineOf("t", []evidence.Event{e}, nil).Marks; len(marks) != 0 {
			t.Errorf("%+v is drawn as %+v", e, marks)
		}
	}
}
