package resilience

import (
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// pgx answers the caller at the deadline and asks the server to cancel over a
// second connection, for up to 15 s; a pool dials on. Neither keeps a request
// waiting. An HTTP call that outlives its request does hold something.
func TestWaitedEndsWithTheRequest(t *testing.T) {
	const ms = service.Duration(time.Millisecond)
	lingers := &evidence.Call{Dependency: "db", Took: 4000 * ms, End: evidence.Open}
	for name, tc := range map[string]struct {
		kind     service.DependencyKind
		shape    string
		answered service.Duration
		want     service.Duration
	}{
		"a driver cleans up":         {service.Postgres, "silence", 500 * ms, 499 * ms},
		"a pool dials on":            {service.HTTP, "connect", 500 * ms, 499 * ms},
		"a request waits":            {service.Postgres, "silence", 9000 * ms, 4000 * ms},
		"an http call goes on alone": {service.HTTP, "silence", 500 * ms, 4000 * ms},
	} {
		h := hung{dep: service.Dependency{Name: "db", Kind: tc.kind}, shape: tc.shape, events: []evidence.Event{
			{At: 100 * ms, Phase: evidence.PhaseFault, Request: &evidence.Request{Name: "book", Uses: []string{"db"}, Took: tc.answered}},
		}}
		if got := h.waited(101*ms, lingers); got != tc.want {
			t.Errorf("%s: waited %s, want %s", name, got, tc.want)
		}
	}
}
