package observability

import (
	"testing"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// A service that is ready too early fails its first requests before it calls
// anything; the drill start tells that, and traces are judged by the rest.
func TestPropagationIsNotAskedOfFailedRequests(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	const second = service.Duration(time.Second)
	failed := &evidence.Request{Name: "reserve", Uses: []string{"stock"}, Trace: "0af7651916cd43dd8448eb211c80319c", Want: 201, Status: 500}
	whole := &evidence.Request{Name: "reserve", Uses: []string{"stock"}, Trace: trace, Parent: "00f067aa0ba902b7", Want: 201, Status: 201}
	call := &evidence.Call{Dependency: "stock", Method: "GET", Path: "/stock", End: evidence.Answered,
		Header: map[string]string{"traceparent": "00-" + trace + "-b7ad6b7169203331-01"}}
	absent := &evidence.Request{Name: "reserve", Uses: []string{"stock"}, Want: 201, Status: 201}
	fresh := &evidence.Call{Dependency: "stock", Method: "GET", Path: "/stock", End: evidence.Answered,
		Header: map[string]string{"traceparent": "00-5bf92f3577b34da6a3ce929d0e0e4736-c7ad6b7169203331-01"}}
	svc := &service.Service{Traffic: []service.Traffic{{Name: "reserve", Request: "POST /reservations", Uses: []string{"stock"}}},
		Dependencies: []service.Dependency{{Name: "stock", Kind: service.HTTP}}}
	rec := &evidence.Recording{Drill: "traffic", Events: []evidence.Event{
		{Trial: "apart", Request: failed},
		{Trial: "apart", At: second, Request: whole},
		{Trial: "apart", At: second, Call: call},
		{Trial: "apart", At: 2 * second, Request: absent},
		{Trial: "apart", At: 2 * second, Call: fresh},
	}}
	set := evidence.NewSet(svc, evidence.Build{}, nil, rec)
	for _, c := range check.Registered() {
		if c.ID != "observability/trace-propagation" {
			continue
		}
		v, err := check.Judge(set, []check.Requirement{{ID: c.ID, Title: c.Title, Gate: c.Gate, Needs: c.Needs, Check: c}}, check.Options{})
		if err != nil || v.Results[0].Outcome != check.Passed {
			t.Errorf("%v: %+v", err, v.Results)
		}
	}
}
