package resilience

import (
	"fmt"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

const traceOf = "4bf92f3577b34da6a3ce929d0e0e47%02d"

// failing records a dependency that answers 503 from 1 s on.
type failing struct{ events []evidence.Event }

func (f *failing) add(ms int, phase string, e evidence.Event) {
	e.At, e.Phase = service.Duration(time.Duration(ms)*time.Millisecond), phase
	f.events = append(f.events, e)
}

func (f *failing) request(ms, trace int, phase string) {
	f.add(ms, phase, evidence.Event{Request: &evidence.Request{Name: "pay", Trace: fmt.Sprintf(traceOf, trace), Uses: []string{"bank"}}})
}

func (f *failing) call(ms int, trace int, method, path, shape string) {
	c := &evidence.Call{Dependency: "bank", Method: method, Path: path, Shape: shape, Header: map[string]string{}}
	if trace >= 0 {
		c.Header["traceparent"] = fmt.Sprintf("00-"+traceOf+"-00f067aa0ba902b7-01", trace)
	}
	phase := evidence.PhaseFault
	if shape == "" {
		phase = evidence.PhaseControl
	}
	f.add(ms, phase, evidence.Event{Call: c})
}

func (f *failing) fault() {
	f.add(1000, evidence.PhaseFault, evidence.Event{Fault: &evidence.Fault{Dependency: "bank", Shape: "status", On: true}})
}

var bank = service.Dependency{Name: "bank", Kind: service.HTTP}

func TestChainsAreToldByTrace(t *testing.T) {
	var f failing
	f.request(500, 90, evidence.PhaseControl)
	f.call(501, 90, "GET", "/a", "")
	f.fault()
	f.request(1001, 1, evidence.PhaseFault)
	f.request(1001, 2, evidence.PhaseFault)
	f.call(1002, 1, "GET", "/a", "status")
	f.call(1003, 2, "GET", "/a", "status")
	f.call(1004, 1, "GET", "/b", "status") // another thing that the request asks for
	f.call(1005, -1, "GET", "/health", "status")
	f.call(1200, 1, "GET", "/a", "status")
	a := attemptsAt(bank, "status", f.events)
	var got []int
	for _, c := range a.chains {
		got = append(got, len(c.tries))
	}
	if fmt.Sprint(got) != "[2 1 1]" || !a.traced || a.requests != 2 || a.usual != 1 || a.longest() != 2 {
		t.Errorf("chains of %v, %+v", got, a)
	}
	if c := a.chains[0]; c.name != "pay" || c.asked() != "GET /a" || c.sent != service.Duration(1001*time.Millisecond) {
		t.Errorf("the first chain is %s, %s, %s", c.name, c.asked(), c.sent)
	}
}

// Without traces the path or the body may tell, as with PUT /charges/ID; what
// was called before any request is the service's own.
func TestChainsAreToldByContent(t *testing.T) {
	record := func(path func(request int) string) []evidence.Event {
		var f failing
		f.call(100, -1, "GET", "/health", "")
		f.request(500, 90, evidence.PhaseControl)
		f.fault()
		for i := range 3 {
			f.request(1001, i, evidence.PhaseFault)
			f.call(1002+i, -1, "PUT", path(i), "status")
			f.call(1202+i, -1, "PUT", path(i), "status")
			f.call(1300+i, -1, "GET", "/health", "status")
		}
		return f.events
	}
	apart := attemptsAt(bank, "status", record(func(i int) string { return fmt.Sprintf("/charges/%d", i) }))
	if len(apart.chains) != 3 || apart.longest() != 2 || apart.traced {
		t.Errorf("ids of their own: %+v", apart)
	}
	alike := attemptsAt(bank, "status", record(func(int) string { return "/charges" }))
	if len(alike.chains) != 0 || alike.loose != 6 {
		t.Errorf("all alike: %+v", alike)
	}
}

func TestWhatIsAlwaysAskedTwiceIsNoRetry(t *testing.T) {
	var f failing
	f.request(500, 90, evidence.PhaseControl)
	f.call(501, 90, "GET", "/a", "")
	f.call(502, 90, "GET", "/a", "")
	f.fault()
	a := attemptsAt(bank, "status", f.events)
	if a.usual != 2 || a.limit(service.Dependency{Attempts: 3}) != 6 {
		t.Errorf("usual %d", a.usual)
	}
}

func TestIdempotencyKey(t *testing.T) {
	for name, want := range map[string]string{"idempotency-key": "k", "x-idempotency-key": "k", "x-request-id": "", "host": ""} {
		if got := idempotencyKey(map[string]string{name: "k"}); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
