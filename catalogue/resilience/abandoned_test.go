package resilience

import (
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// hangingConnect is a trial of two requests whose connects never complete.
func hangingConnect(answered time.Duration, open bool) hung {
	dep := service.Dependency{Name: "stock", Kind: service.HTTP, Timeout: service.Duration(500 * time.Millisecond)}
	request := func(phase string, took time.Duration, open bool) evidence.Event {
		return evidence.Event{Phase: phase, Request: &evidence.Request{
			Name: "reserve", Uses: []string{"stock"}, Want: 201, Status: 503, Took: service.Duration(took), Open: open}}
	}
	return hung{dep: dep, shape: "connect", trial: "stock/connect", events: []evidence.Event{
		request(evidence.PhaseControl, 4*time.Millisecond, false),
		request(evidence.PhaseFault, answered, open),
		request(evidence.PhaseFault, 510*time.Millisecond, false),
	}}
}

func TestAbandonedConnects(t *testing.T) {
	long := met{Call: &evidence.Call{Dependency: "stock", Shape: "connect", Took: service.Duration(5 * time.Second)}}
	short := met{Call: &evidence.Call{Dependency: "stock", Shape: "connect", Took: service.Duration(510 * time.Millisecond)}}
	another := hangingConnect(510*time.Millisecond, false)
	another.shape = "silence"
	undeclared := hangingConnect(510*time.Millisecond, false)
	undeclared.dep.Timeout = 0
	unasked := hangingConnect(510*time.Millisecond, false)
	unasked.events = nil
	for name, tc := range map[string]struct {
		h         hung
		abandoned int
	}{
		"the pool goes on, no request waits": {hangingConnect(510*time.Millisecond, false), 1},
		"a request waited as long":           {hangingConnect(5*time.Second, false), 0},
		"a request waits still":              {hangingConnect(510*time.Millisecond, true), 0},
		"the call was under way":             {another, 0},
		"no budget is declared":              {undeclared, 0},
		"no request was sent":                {unasked, 0},
	} {
		left, abandoned := tc.h.withoutAbandoned([]met{long, short})
		if abandoned != tc.abandoned || len(left)+abandoned != 2 {
			t.Errorf("%s: %d abandoned and %d left, want %d abandoned", name, abandoned, len(left), tc.abandoned)
		}
	}
}
