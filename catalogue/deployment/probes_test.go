package deployment

import (
	"slices"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

const second = service.Duration(time.Second)

// asked makes one probe of liveness a second, with the given statuses.
func asked(statuses ...int) []evidence.Event {
	var events []evidence.Event
	for i, status := range statuses {
		events = append(events, evidence.Event{At: service.Duration(i) * second, Probe: &evidence.Probe{Endpoint: "live", Status: status, Took: second}})
	}
	return events
}

func TestFailing(t *testing.T) {
	for name, test := range map[string]struct {
		statuses []int
		failed   bool
		at       service.Duration
	}{
		"all up":                      {[]int{200, 204, 299}, false, 0},
		"none asked":                  {nil, false, 0},
		"one without an answer":       {[]int{200, 0, 200}, false, 0},
		"the last without an answer":  {[]int{200, 0}, false, 0},
		"two without an answer":       {[]int{200, 0, 0}, true, second},
		"no answer, then another":     {[]int{0, 503}, true, 0},
		"one status":                  {[]int{200, 200, 503, 200}, true, 2 * second},
		"a redirect":                  {[]int{302}, true, 0},
		"lost twice, each time alone": {[]int{0, 200, 0, 200}, false, 0},
	} {
		at, _, failed := answersIn(asked(test.statuses...), "live", 0, 100*second).failing()
		if failed != test.failed || at != test.at {
			t.Errorf("%s: failed %t at %s", name, failed, at)
		}
	}
}

func TestAnswersInGoesByWhenAProbeWasAsked(t *testing.T) {
	events := asked(200, 200, 503, 200)
	events = append(events, evidence.Event{At: 2 * second, Probe: &evidence.Probe{Endpoint: "ready", Status: 500}})
	if p := answersIn(events, "live", second, 3*second); !slices.Equal(p.at, []service.Duration{second, 2 * second}) || p.ups() != 1 || p.span() != time.Second {
		t.Errorf("asked at %v, %d up, over %s", p.at, p.ups(), p.span())
	}
	if p := answersIn(events, "metrics", 0, 9*second); !p.none() || p.span() != 0 {
		t.Errorf("the metrics were asked at %v", p.at)
	}
}

func TestAnswersInLeavesOutWhatTheMachineDid(t *testing.T) {
	events := append(asked(200, 0, 503), evidence.Event{At: second, Stall: &evidence.Stall{Took: second / 2}}, evidence.Event{At: 2 * second, Stall: &evidence.Stall{Took: second}})
	p := answersIn(events, "live", 0, 9*second)
	if !slices.Equal(p.at, []service.Duration{0, 2 * second}) {
		t.Errorf("probes of %v count: an answer is one, stall or not; no answer in a stall is none", p.at)
	}
}
