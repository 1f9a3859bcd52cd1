package check

import (
	"errors"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func recording(events ...evidence.Event) *evidence.Recording {
	return &evidence.Recording{Drill: "hang", Events: events}
}

func note(trial string) evidence.Event {
	return evidence.Event{Trial: trial, Note: &evidence.Note{Text: "begun"}}
}

func problem(trial string, lines ...string) evidence.Event {
	return evidence.Event{Trial: trial, Problem: &evidence.Problem{Text: "control: answered 404", Lines: lines}}
}

func TestDrill(t *testing.T) {
	runs := &service.Service{Run: service.Run{Command: []string{"bin/orders"}}}
	for name, test := range map[string]struct {
		service *service.Service
		rec     *evidence.Recording
		want    string // of the error
	}{
		"there":                 {runs, recording(note("a")), ""},
		"not run":               {runs, nil, "the drill hang has not run; golive review runs it, unless"},
		"not possible":          {nil, nil, "golive.yaml does not say how to start the service (run.command)"},
		"no evidence":           {runs, recording(note("a"), problem("")), "the drill hang is no evidence: control: answered 404"},
		"one trial is no drill": {runs, recording(note("a"), problem("b")), ""},
	} {
		var recs []*evidence.Recording
		if test.rec != nil {
			recs = append(recs, test.rec)
		}
		rec, err := NewPass(evidence.NewSet(test.service, evidence.Build{}, nil, recs...)).Drill("hang")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) || err == nil && rec != test.rec {
			t.Errorf("%s: %v, %v", name, rec, err)
		}
	}
}

func TestTrial(t *testing.T) {
	rec := recording(note("a"), note("b"), problem("b"), note("a"))
	p := NewPass(evidence.NewSet(nil, evidence.Build{}, nil, rec))
	if events, err := p.Trial(rec, "a"); err != nil || len(events) != 2 {
		t.Errorf("a: %v, %v", events, err)
	}
	for trial, want := range map[string]string{"b": "drill hang, b, is no evidence: control: answered 404", "c": "drill hang did not get to c"} {
		if _, err := p.Trial(rec, trial); err == nil || err.Error() != want {
			t.Errorf("%s: %v", trial, err)
		}
	}
}

func TestAnUnknownShowsTheLastLines(t *testing.T) {
	judge := func(p *Pass) error {
		rec, err := p.Drill("hang")
		if err != nil {
			return err
		}
		_, err = p.Trial(rec, "a")
		return errors.Join(errors.New("something else"), err)
	}
	var many []string
	for i := range 25 {
		many = append(many, strings.Repeat("x", i))
	}
	for where, rec := range map[string]*evidence.Recording{"drill hang, a": recording(problem("a", many...)), "drill hang": recording(problem("", "listen: address in use"))} {
		set := evidence.NewSet(nil, evidence.Build{}, nil, rec)
		v, err := Judge(set, []Requirement{require("a/x", judge)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := v.Results[0]
		if r.Outcome != Unknown || len(r.Evidence) != 1 || r.Evidence[0].Where != where || r.Reached != None {
			t.Fatalf("%s: %+v", where, r)
		}
		lines := r.Evidence[0].Detail.Log.Lines
		if last := rec.Problem("a").Lines; len(lines) > lastShown || lines[len(lines)-1].Text != last[len(last)-1] {
			t.Errorf("%s: the lines shown are %v", where, lines)
		}
	}
}

func TestShowAndFail(t *testing.T) {
	p := NewPass(setOf(nil))
	p.Fail(Evidence{OK: true, Text: "wrong"})
	p.Show(Evidence{Text: "right"})
	if !p.Failed() || p.shown[0].OK || !p.shown[1].OK {
		t.Errorf("shown is %+v", p.shown)
	}
	p = NewPass(setOf(nil))
	p.Showf(Observed, "GET /metrics", "%d routes", 3)
	if p.Failed() || p.shown[0] != (Evidence{Rung: Observed, OK: true, Where: "GET /metrics", Text: "3 routes"}) {
		t.Errorf("shown is %+v", p.shown)
	}
}
