package observability

import (
	"fmt"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// history is a load of 80 requests of 3 ms, each with a call, one call in
// eight of which was held for 200 ms.
func history() (sent []*evidence.Request, events []evidence.Event) {
	for i := range 80 {
		took := 3 * time.Millisecond
		if i%8 == 7 {
			took += 200 * time.Millisecond
		}
		trace := fmt.Sprintf("%032x", i+1)
		sent = append(sent, &evidence.Request{Name: "reserve", Trace: trace, Status: 201, Took: service.Duration(took)})
		events = append(events, evidence.Event{Call: &evidence.Call{
			Dependency: "stock", End: evidence.Answered, Took: service.Duration(took - 2*time.Millisecond),
			Header: map[string]string{"traceparent": "00-" + trace + "-00000000000000aa-01"},
		}})
	}
	return sent, events
}

func TestFloorsHoldWhatTheProxiesSaw(t *testing.T) {
	sent, events := history()
	floors := floorsOf(sent, events)
	if p50 := rank(floors, 0.5); p50 != 3*time.Millisecond {
		t.Errorf("p50 is at least %s, want 3ms", p50)
	}
	if p99 := rank(floors, 0.99); p99 < 200*time.Millisecond {
		t.Errorf("p99 is at least %s, want what the proxy held", p99)
	}
}

// A stall of the machine delays requests on their way to a service, which
// cannot measure that.
func TestFloorsLeaveStallsOut(t *testing.T) {
	sent, events := history()
	for i := 20; i < 36; i++ {
		sent[i].Took += service.Duration(550-25*(i-20)) * service.Duration(time.Millisecond)
	}
	if p99 := rank(floorsOf(sent, events), 0.99); p99 > 210*time.Millisecond {
		t.Errorf("p99 is at least %s: the stall counts", p99)
	}
	if client := rank(durations(sent), 0.99); client < 500*time.Millisecond {
		t.Errorf("the client's p99 is %s: the test stalls nothing", client)
	}
}

// Without a dependency to hold answers back, what is usual for a slow kind
// of request is still certain.
func TestFloorsKnowSlowTraffic(t *testing.T) {
	var sent []*evidence.Request
	for range 40 {
		sent = append(sent,
			&evidence.Request{Name: "look up", Took: service.Duration(2 * time.Millisecond)},
			&evidence.Request{Name: "report", Took: service.Duration(2 * time.Second)})
	}
	if p95 := rank(floorsOf(sent, nil), 0.95); p95 != 2*time.Second {
		t.Errorf("p95 is at least %s, want 2s", p95)
	}
}
