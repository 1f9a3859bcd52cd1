package kittest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
)

// stops runs a stop three times under the clients of the measured fact.
func stops(t *testing.T, stop func(t testing.TB, s *service)) kittest.Report {
	t.Helper()
	o := kittest.StopsOptions{
		Times:    3,
		Balancer: kittest.BalancerOptions{Period: 100 * time.Millisecond},
		Load:     kittest.Load{Pause: time.Millisecond},
	}
	return kittest.Stops(t, o, func(t testing.TB) (kittest.Backend, func()) {
		s := serve(t, nil)
		return s.Backend, func() { stop(t, s) }
	})
}

// Going unready and shutting down once the balancer has seen it loses
// nothing.
func TestAGoodStopLosesNothing(t *testing.T) {
	r := stops(t, func(t testing.TB, s *service) {
		s.ready.Store(503)
		drained := s.probes.Load()
		for s.probes.Load() < drained+2 { // the second one comes after the first was believed
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond) // for requests routed just before
		s.shutdown(t)
	})
	if len(r.Lost) > 0 || r.Answered < 3*16*5 {
		t.Error(r)
	}
}

// Shutting down at once is the usual mistake: for the rest of the period the
// balancer routes to a closed port.
func TestAStopAtOnceLoses(t *testing.T) {
	r := stops(t, func(t testing.TB, s *service) {
		s.shutdown(t)
		s.ready.Store(503)
	})
	if n := r.Reasons()["connection refused before the request"]; n < 3*16 {
		t.Errorf("want every client to be refused: %s", r)
	}
}

// Cutting what is in flight is seen for what it is.
func TestAKillLoses(t *testing.T) {
	r := stops(t, func(t testing.TB, s *service) {
		s.ready.Store(503)
		s.server.Close()
	})
	if len(r.Lost) == 0 {
		t.Errorf("want losses: %s", r)
	}
}

// A path that the service does not have is no proof that nothing is lost.
func TestAStopThatAnswersNothingShowsNothing(t *testing.T) {
	for _, status := range []int{404, 400, 503} {
		complaint := try(t, func(t testing.TB) {
			kittest.Stops(t, kittest.StopsOptions{Times: 1, Balancer: often, Load: eager}, func(t testing.TB) (kittest.Backend, func()) {
				s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
				return s.Backend, func() { s.shutdown(t); s.ready.Store(503) }
			})
		})
		wants(t, complaint, "no request was answered", "0 answered", fmt.Sprintf("× status %d", status))
	}
}
