package deployment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "deployment/graceful-shutdown",
	Title: "On SIGTERM the service goes unready, serves on until it is routed away, finishes what is in flight and exits with 0",
	Why: `Every deployment stops every replica. A service that drops what it holds fails users each
time it gets better.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `The drill stop sends SIGTERM with requests planted in flight – half-sent bodies held for
1 s up to 80 % of the grace period, calls held at a dependency, requests that are slow by
themselves – while keep-alive clients send behind a balancer that asks readiness every
endpoints.period (300 ms). Whatever survives without SIGTERM must survive with it; no
keep-alive request may be lost; the service must say that it is unready while it still
serves; and its processes and port must be gone, with exit code 0, within run.grace.`,
	Reads: []evidence.Kind{evidence.Recorded("stop")},
	Judge: judgeShutdown,
	Remedy: check.Remedy{Text: `On SIGTERM: answer readiness 503, go on serving for longer than the balancer needs to
notice (its period × failure threshold), then stop accepting, wait for what is in flight
(http.Server.Shutdown with a deadline just under the grace period), and exit 0. Start the
process itself as PID 1 (exec, no wrapper shell), so that it gets the signal.`},
})

func judgeShutdown(p *check.Pass) error {
	rec, err := p.Drill("stop")
	if err != nil {
		return err
	}
	control, err := p.Trial(rec, "control")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "sigterm")
	if err != nil {
		return err
	}
	signaled, _, ok := evidence.InState(events, evidence.Signaled)
	if !ok {
		return errors.New("drill stop: SIGTERM was not sent")
	}
	s := stopped{p, events, signaled}
	err = errors.Join(s.judgePlants(control), s.judgeClients(), s.judgeUnready())
	s.judgeExit()
	return err
}

// stopped is the trial in which the service got SIGTERM.
type stopped struct {
	*check.Pass
	events   []evidence.Event
	signaled service.Duration
}

// fail adds a finding; the first one shows the timeline for all.
func (s stopped) fail(format string, args ...any) {
	e := check.Evidence{Rung: check.Proven, Where: "drill stop, sigterm", Text: fmt.Sprintf(format, args...)}
	if !s.Failed() {
		e.Detail = s.timeline()
	}
	s.Fail(e)
}

// timeline draws the stop, with what users lost after SIGTERM marked.
func (s stopped) timeline() *check.Detail {
	return &check.Detail{Timeline: check.TimelineOf("sigterm", s.events, func(e evidence.Event) bool {
		return e.Request != nil && e.At+e.Request.Took >= s.signaled && lost(e.Request) ||
			e.Instance != nil && e.Instance.State == evidence.Killed
	})}
}

// lost reports whether a user lost the request: a plant that could not be
// placed, or never left the client, does not count.
func lost(r *evidence.Request) bool { return !r.OK() && !strings.HasPrefix(r.Error, "not sent") }

const keepAlive = "keep-alive"

// judgePlants holds each way of planting against what the control showed of
// it: what the service cuts without SIGTERM too, it does not cut because of it.
func (s stopped) judgePlants(control []evidence.Event) error {
	holds, cut := map[string]bool{}, ""
	for _, r := range evidence.Requests(control) {
		if r.Plant == "" {
			continue
		}
		before, seen := holds[r.Plant]
		holds[r.Plant] = r.OK() && (before || !seen)
		if !r.OK() && cut == "" {
			cut = fmt.Sprintf("%s %s (%s): %s", r.Method, r.Path, r.Plant, became(r))
		}
	}
	planted, dropped := 0, []string{}
	for at, r := range evidence.Requests(s.events) {
		inFlight := at <= s.signaled && at+r.Took > s.signaled
		if r.Plant == "" || r.Plant == keepAlive || !holds[r.Plant] || !inFlight {
			continue
		}
		planted++
		if lost(r) {
			dropped = append(dropped, fmt.Sprintf("%s %s (%s): %s", r.Method, r.Path, r.Plant, became(r)))
		}
	}
	switch {
	case len(holds) == 0 && momentary(s.Service()):
		s.Showf(check.Proven, "drill stop, sigterm", "no declared request outlasts a moment: none has a body, needs a dependency or is slow by itself; those of the keep-alive clients are judged")
	case planted == 0 && cut != "":
		return fmt.Errorf("drill stop: requests that are held in flight fail without SIGTERM already, the first: %s", cut)
	case planted == 0:
		return errors.New("drill stop: no request could be held in flight; declare traffic with a body, or traffic that uses an http dependency")
	case len(dropped) > 0:
		s.fail("%d of %d planted requests were dropped at SIGTERM, the first: %s", len(dropped), planted, dropped[0])
	default:
		s.Show(check.Evidence{Rung: check.Proven, Where: "drill stop, sigterm", Detail: s.timeline(),
			Text: fmt.Sprintf("%d requests were in flight at SIGTERM and all were answered", planted)})
	}
	return nil
}

// momentary reports whether nothing outside the service can make a request of
// the declared traffic take long.
func momentary(s *service.Service) bool {
	return !slices.ContainsFunc(s.Traffic, func(tr service.Traffic) bool { return tr.NeedsBody() || len(tr.Uses) > 0 })
}

// judgeClients counts what the keep-alive clients lost after SIGTERM.
func (s stopped) judgeClients() error {
	sent, gone := 0, []string{}
	for at, r := range evidence.Requests(s.events) {
		if r.Plant != keepAlive {
			continue
		}
		after := at+r.Took >= s.signaled
		if lost(r) && !after {
			return fmt.Errorf("drill stop: %s was lost before SIGTERM already (%s)", r.Name, became(r))
		}
		if after {
			sent++
		}
		if after && lost(r) {
			gone = append(gone, fmt.Sprintf("%s %s, %s: %s", r.Method, r.Path, s.sent(at), became(r)))
		}
	}
	switch {
	case sent == 0:
		return errors.New("drill stop: no keep-alive client sent a request after SIGTERM, so none could be lost")
	case len(gone) > 0:
		s.fail("keep-alive clients behind the balancer lost %d of %d requests after SIGTERM, the first: %s", len(gone), sent, gone[0])
	default:
		s.Showf(check.Proven, "drill stop, sigterm", "keep-alive clients lost none of %d requests after SIGTERM", sent)
	}
	return nil
}

// sent tells when a request was sent.
func (s stopped) sent(at service.Duration) string {
	if at < s.signaled {
		return "in flight at SIGTERM"
	}
	return fmt.Sprintf("sent %s after SIGTERM", (at - s.signaled).D().Round(time.Millisecond))
}

// judgeUnready looks for an answer of the readiness endpoint that told the
// balancer to route away, while the service still served.
func (s stopped) judgeUnready() error {
	if s.Service().Endpoints.Ready == "" {
		return errors.New("golive.yaml does not name the readiness endpoint, so nothing told a balancer to route away; add endpoints.ready")
	}
	for at, probe := range evidence.Probes(s.events, "ready") {
		if at >= s.signaled && probe.Status != 0 && !up(probe) {
			s.Showf(check.Proven, "drill stop, sigterm", "readiness answered %d, %s after SIGTERM", probe.Status, (at - s.signaled).D().Round(1e6))
			return nil
		}
	}
	s.fail("after SIGTERM readiness never answered that the service is unready; the balancer only learnt it from refused connections")
	return nil
}

func (s stopped) judgeExit() {
	grace := s.Service().Run.GracePeriod()
	if _, killed, ok := evidence.InState(s.events, evidence.Killed); ok {
		s.fail("the service had to be killed at the end of its grace period of %s: %s", grace, killed.Text)
		return
	}
	at, exit, ok := evidence.InState(s.events, evidence.Exited)
	switch {
	case !ok:
		s.fail("the service was not seen to exit within its grace period of %s", grace)
	case exit.Exit == nil || *exit.Exit != 0:
		s.fail("the service exited with code %s after SIGTERM, expected 0%s", code(exit), bySignal(exit, (at-s.signaled).D()))
	default:
		s.Showf(check.Proven, "drill stop, sigterm", "exited with 0, %s after SIGTERM; grace period %s", (at - s.signaled).D().Round(1e7), grace)
	}
}

func code(i *evidence.Instance) string {
	if i.Exit == nil {
		return "unknown"
	}
	return fmt.Sprint(*i.Exit)
}

// bySignal explains the exit code of a process that a signal ended. A JVM
// has that code after its shutdown hooks too, which take their time.
func bySignal(i *evidence.Instance, after time.Duration) string {
	const atOnce = 500 * time.Millisecond
	switch {
	case i.Exit == nil || *i.Exit != 128+15:
		return ""
	case after < atOnce:
		return " (it was ended by the signal, without handling it)"
	}
	return " (a runtime that ends by the signal after its hooks, as a JVM does, has to be told: halt with 0 at the end of the last hook)"
}

func became(r *evidence.Request) string {
	switch {
	case r.Open:
		return "no answer"
	case r.Error != "":
		return r.Error
	}
	return fmt.Sprintf("answered %d, expected %d", r.Status, r.Want)
}
