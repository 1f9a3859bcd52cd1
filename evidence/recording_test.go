package evidence_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func note(text string) evidence.Event { return evidence.Event{Note: &evidence.Note{Text: text}} }

func TestRecordingIsInTheOrderOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rec := evidence.NewRecorder("hang")
		time.Sleep(2 * time.Second)
		rec.Add(start.Add(time.Second), note("second"))
		rec.Add(start.Add(-time.Minute), note("before the drill"))
		rec.Add(start.Add(time.Second), note("third"))
		rec.Add(start.Add(1234567*time.Nanosecond), note("first"))
		got := rec.Recording()
		if got.Drill != "hang" || !got.Began.Equal(start) || got.Took != 2*time.Second {
			t.Errorf("the recording is of %s, %s, %s", got.Drill, got.Began, got.Took)
		}
		var told []string
		for _, e := range got.Events {
			told = append(told, fmt.Sprintf("%s %s", e.At, e.Note.Text))
		}
		want := []string{"0s before the drill", "1.23ms first", "1s second", "1s third"}
		if !slices.Equal(told, want) {
			t.Errorf("events are %q, want %q", told, want)
		}
		rec.Add(start, note("later"))
		if len(got.Events) != 4 || len(rec.Recording().Events) != 5 {
			t.Error("a recording that was taken goes on changing")
		}
	})
}

func TestTrialRecorder(t *testing.T) {
	rec := evidence.NewRecorder("hang")
	trial := rec.Trial("store/silence")
	trial.Notef("starting")
	trial.SetPhase(evidence.PhaseFault)
	trial.Notef("call %d", 1)
	trial.Add(time.Now(), evidence.Event{Phase: evidence.PhaseControl, Note: &evidence.Note{Text: "sent before"}})
	trial.Problemf([]string{"EOF"}, "control: answered %d", 404)
	events := rec.Recording().Trial("store/silence")
	var phases []string
	for _, e := range events {
		phases = append(phases, e.Phase)
	}
	if trial.Name() != "store/silence" || trial.Phase() != evidence.PhaseFault || !slices.Equal(phases, []string{"", "fault", "control", "fault"}) {
		t.Errorf("phases %q of %s", phases, trial.Name())
	}
	if p := events[3].Problem; p.Text != "control: answered 404" || !slices.Equal(p.Lines, []string{"EOF"}) {
		t.Errorf("the problem is %+v", p)
	}
}

func TestProblem(t *testing.T) {
	problem := func(trial, text string) evidence.Event {
		return evidence.Event{Trial: trial, Problem: &evidence.Problem{Text: text}}
	}
	ofTrials := &evidence.Recording{Events: []evidence.Event{{Trial: "a"}, problem("b", "1"), problem("b", "2")}}
	ofAll := &evidence.Recording{Events: []evidence.Event{{Trial: "a"}, problem("", "3"), problem("b", "4")}}
	for _, test := range []struct {
		rec         *evidence.Recording
		trial, want string
	}{
		{ofTrials, "a", ""}, {ofTrials, "b", "1"}, {ofTrials, "", ""}, {ofTrials, "c", ""},
		{ofAll, "a", "3"}, {ofAll, "", "3"}, {ofAll, "b", "3"}, {ofAll, "never begun", "3"},
	} {
		got := ""
		if p := test.rec.Problem(test.trial); p != nil {
			got = p.Text
		}
		if got != test.want {
			t.Errorf("the problem of %q is %q, want %q", test.trial, got, test.want)
		}
	}
}

func TestTrials(t *testing.T) {
	rec := &evidence.Recording{Events: []evidence.Event{{Trial: "b"}, {}, {Trial: "a"}, {Trial: "b", At: 7}}}
	if got := rec.Trials(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("trials are %v", got)
	}
	if got := rec.Trial("b"); len(got) != 2 || got[1].At != 7 || len(rec.Trial("c")) != 0 {
		t.Errorf("events of b are %+v", got)
	}
	if got := (&evidence.Recording{}).Trials(); len(got) != 0 {
		t.Errorf("a drill that could not begin has the trials %v", got)
	}
}

func TestForget(t *testing.T) {
	rec := evidence.NewRecorder("stop")
	for _, name := range []string{"control", "sigterm", "control"} {
		rec.Trial(name).Notef("begun")
	}
	rec.Forget("control")
	rec.Trial("control").Notef("again")
	if got := rec.Recording(); len(got.Events) != 2 || got.Trial("control")[0].Note.Text != "again" {
		t.Errorf("kept is %+v", got.Events)
	}
}

func TestRecorderIsSafeForConcurrentUse(t *testing.T) {
	rec := evidence.NewRecorder("hang")
	var group sync.WaitGroup
	for i := range 8 {
		trial := rec.Trial(fmt.Sprintf("trial %d", i%4))
		group.Go(func() {
			for range 100 {
				trial.SetPhase(evidence.PhaseFault)
				trial.Notef("step")
				trial.AddLate(time.Now(), note("late"))
				rec.Recording()
			}
		})
	}
	group.Wait()
	got := rec.Recording()
	if len(got.Events) != 1600 || len(got.Trials()) != 4 {
		t.Errorf("%d events of %v", len(got.Events), got.Trials())
	}
	if !slices.IsSortedFunc(got.Events, func(a, b evidence.Event) int { return int(a.At - b.At) }) {
		t.Error("the events are out of order")
	}
}

func TestRequestOK(t *testing.T) {
	for name, test := range map[string]struct {
		r    evidence.Request
		want bool
	}{
		"as wanted":      {evidence.Request{Want: 201, Status: 201}, true},
		"another status": {evidence.Request{Want: 201, Status: 200}, false},
		"half an answer": {evidence.Request{Want: 201, Status: 201, Error: "EOF"}, false},
		"still open":     {evidence.Request{Want: 201, Status: 201, Open: true}, false},
		"no answer":      {evidence.Request{Want: 201, Error: "connection refused"}, false},
	} {
		if test.r.OK() != test.want {
			t.Errorf("%s: OK is %t", name, !test.want)
		}
	}
	r := evidence.Request{Took: service.Duration(3 * time.Second)}
	if got := r.End(service.Duration(2 * time.Second)); got != 5*time.Second {
		t.Errorf("it ended at %s", got)
	}
}
