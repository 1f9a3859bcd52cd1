package kittest

import (
	"cmp"
	"testing"
)

// StopsOptions say how often [Stops] stops what, and under which load. The
// zero value is usable.
type StopsOptions struct {
	Times    int             // 0: 12
	Answers  int             // or losses that each client has had before the stop; 0: 5
	Balancer BalancerOptions // its period must be shorter than the service's drain delay
	Load     Load
}

// Stops shows what a stop of the service loses. Time after time it calls
// start, which starts an instance and returns where it is and how it is
// stopped; puts it behind a [LoadBalancer]; drives clients until each has had
// its answers; and calls stop right after the instance has said once more that
// it is ready, which is the worst moment and always the same. stop begins the
// stop, with SIGTERM for instance, and returns when the instance is gone. The
// clients go on until the balancer has noticed.
//
// It returns the sum of all stops; a service that drains loses nothing. Nor does
// one that was never asked what it answers: Stops ends the test when no request
// was answered before a stop.
func Stops(t testing.TB, o StopsOptions, start func(t testing.TB) (b Backend, stop func())) Report {
	t.Helper()
	var sum Report
	for range cmp.Or(o.Times, 12) {
		sum = sum.add(o.once(t, start))
	}
	return sum
}

func (o StopsOptions) once(t testing.TB, start func(t testing.TB) (Backend, func())) Report {
	t.Helper()
	backend, stop := start(t)
	b := Balancer(t, o.Balancer, backend)
	defer b.Close()
	b.AwaitReady(1)
	traffic := b.Drive(o.Load)
	traffic.Await(cmp.Or(o.Answers, 5))
	if r := traffic.Report(); r.Answered == 0 {
		t.Fatalf("kittest: no request was answered before the stop, which shows nothing so; see Load.Request and Load.Accept: %s", r)
	}
	b.AwaitProbe()
	stop()
	b.AwaitReady(0)
	return traffic.Stop()
}
