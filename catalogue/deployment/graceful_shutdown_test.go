package deployment

import (
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

func TestTheReasonOfAnExitBySignal(t *testing.T) {
	exit := func(code int) *evidence.Instance { return &evidence.Instance{State: evidence.Exited, Exit: &code} }
	for name, tc := range map[string]struct {
		exit  *evidence.Instance
		after time.Duration
		want  string
	}{
		"no handler":          {exit(143), 20 * time.Millisecond, "without handling it"},
		"hooks of a JVM":      {exit(143), 3 * time.Second, "JVM"},
		"an error of its own": {exit(1), 3 * time.Second, ""},
		"not known":           {&evidence.Instance{State: evidence.Exited}, 0, ""},
	} {
		got := bySignal(tc.exit, tc.after)
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q in it", name, got, tc.want)
		}
	}
}

// reads is the recording of a service that answers GETs from itself and drains
// for a second.
func reads(lost bool) *evidence.Recording {
	const ms = service.Duration(time.Millisecond)
	done := 0
	client := func(at service.Duration, status int, err string) evidence.Event {
		return evidence.Event{At: at, Trial: "sigterm", Request: &evidence.Request{Name: "time", Method: "GET", Path: "/time",
			Plant: keepAlive, Want: 200, Status: status, Error: err, Took: ms}}
	}
	events := []evidence.Event{
		{Trial: "control", Request: &evidence.Request{Name: "time", Want: 200, Status: 200, Took: ms}},
		client(900*ms, 200, ""),
		{At: 1000 * ms, Trial: "sigterm", Instance: &evidence.Instance{State: evidence.Signaled}},
		client(1100*ms, 200, ""),
		{At: 1200 * ms, Trial: "sigterm", Probe: &evidence.Probe{Endpoint: "ready", Status: 503}},
		{At: 2000 * ms, Trial: "sigterm", Instance: &evidence.Instance{State: evidence.Exited, Exit: &done}},
	}
	if lost {
		events = append(events, client(2100*ms, 0, "connection refused before the request"))
	}
	return &evidence.Recording{Drill: "stop", Events: events}
}

// What answers from itself at once cannot be held in flight from outside; the
// clients behind the balancer are its proof, and its conviction.
func TestShutdownOfMomentaryRequests(t *testing.T) {
	get := service.Traffic{Name: "time", Request: "GET /time"}
	uses := get
	uses.Uses = []string{"db"}
	for name, tc := range map[string]struct {
		traffic service.Traffic
		lost    bool
		want    check.Outcome
	}{
		"none lost":           {get, false, check.Passed},
		"one lost":            {get, true, check.Failed},
		"a dependency may be": {uses, false, check.Unknown}, // slow, and was not tried
	} {
		svc := &service.Service{Endpoints: service.Endpoints{Ready: "/ready"}, Traffic: []service.Traffic{tc.traffic}}
		set := evidence.NewSet(svc, evidence.Build{}, nil, reads(tc.lost))
		for _, c := range check.Registered() {
			if c.ID != "deployment/graceful-shutdown" {
				continue
			}
			v, err := check.Judge(set, []check.Requirement{{ID: c.ID, Title: c.Title, Gate: c.Gate, Needs: c.Needs, Check: c}}, check.Options{})
			if err != nil || v.Results[0].Outcome != tc.want {
				t.Errorf("%s: %v %+v, want %s", name, err, v.Results, tc.want)
			}
		}
	}
}

func TestShutdownSaysWhatFailsWithoutIt(t *testing.T) {
	plant := &evidence.Request{Name: "reserve", Method: "POST", Path: "/reservations", Plant: "dependency", Want: 201, Status: 503}
	var s stopped
	err := s.judgePlants([]evidence.Event{{Request: plant}})
	if err == nil || !strings.Contains(err.Error(), "POST /reservations (dependency): answered 503, expected 201") {
		t.Errorf("%v does not say what failed", err)
	}
}
