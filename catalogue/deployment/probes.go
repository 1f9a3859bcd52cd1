package deployment

import (
	"errors"
	"fmt"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// probed is what an endpoint answered over some time.
type probed struct {
	probes []*evidence.Probe
	at     []service.Duration
}

// stalled is how long a machine has to stand still while a probe waits for it
// to say nothing about the service.
const stalled = 300 * time.Millisecond

// answersIn returns the probes that were asked from one moment on and before
// another. One that got no answer while the machine stood still is left out.
func answersIn(events []evidence.Event, endpoint string, from, to service.Duration) probed {
	var p probed
	for at, probe := range evidence.Probes(events, endpoint) {
		if at < from || at >= to || probe.Status == 0 && evidence.Stalled(events, at, at+probe.Took) > stalled {
			continue
		}
		p.probes = append(p.probes, probe)
		p.at = append(p.at, at)
	}
	return p
}

func up(p *evidence.Probe) bool { return p.Status >= 200 && p.Status < 300 }

// failing returns when the endpoint first failed, and how. A status other
// than 2xx is a failure at once; a probe without an answer only when the next
// one has none either, since one can be the machine's fault.
func (p probed) failing() (at service.Duration, how string, failed bool) {
	for i, probe := range p.probes {
		again := i+1 < len(p.probes) && !up(p.probes[i+1])
		if !up(probe) && (probe.Status != 0 || again) {
			return p.at[i], said(probe), true
		}
	}
	return 0, "", false
}

// firstDown returns when a probe first got no 2xx, for whatever reason.
func (p probed) firstDown() (at service.Duration, how string, down bool) {
	for i, probe := range p.probes {
		if !up(probe) {
			return p.at[i], said(probe), true
		}
	}
	return 0, "", false
}

// ups counts the probes that were answered 2xx.
func (p probed) ups() int {
	n := 0
	for _, probe := range p.probes {
		if up(probe) {
			n++
		}
	}
	return n
}

func (p probed) none() bool { return len(p.probes) == 0 }

// span is the time from the first probe to the last.
func (p probed) span() time.Duration {
	if p.none() {
		return 0
	}
	return (p.at[len(p.at)-1] - p.at[0]).D()
}

func said(p *evidence.Probe) string {
	if p.Status == 0 {
		return fmt.Sprintf("gave no answer (%s)", p.Error)
	}
	return fmt.Sprintf("answered %d", p.Status)
}

// outage is one trial in which a dependency was broken. A probe belongs to the
// time at which it was asked: one that hangs is recorded long after.
type outage struct {
	drill, trial string
	how          string
	dep          service.Dependency

	events   []evidence.Event
	put, off service.Duration
}

func (o outage) where() string { return fmt.Sprintf("drill %s, %s", o.drill, o.trial) }

// outages lists how a dependency is broken for the probes to be watched.
func outages(dep service.Dependency) []outage {
	return []outage{
		{drill: "down", trial: dep.Name, how: "refused", dep: dep},
		{drill: "hang", trial: dep.Name + "/silence", how: "silent", dep: dep},
	}
}

// eachOutage judges every outage of every dependency, and joins what could
// not be decided.
func eachOutage(p *check.Pass, judge func(*check.Pass, *outage) error) error {
	var undecided []error
	for _, dep := range p.Service().Dependencies {
		for _, o := range outages(dep) {
			undecided = append(undecided, judge(p, &o))
		}
	}
	return errors.Join(undecided...)
}

// read fills in what was recorded of the outage.
func (o *outage) read(p *check.Pass) error {
	rec, err := p.Drill(o.drill)
	if err != nil {
		return err
	}
	if o.events, err = p.Trial(rec, o.trial); err != nil {
		return err
	}
	put, _, broken := evidence.First(evidence.Faults(o.events, true))
	off, _, repaired := evidence.First(evidence.Faults(o.events, false))
	if !broken || !repaired {
		return errors.New(o.where() + ": the dependency was not broken and repaired")
	}
	o.put, o.off = put, off
	return nil
}

func (o *outage) before(endpoint string) probed { return answersIn(o.events, endpoint, 0, o.put) }

func (o *outage) during(endpoint string) probed { return answersIn(o.events, endpoint, o.put, o.off) }

func (o *outage) after(endpoint string) probed {
	return answersIn(o.events, endpoint, o.off, service.Duration(1<<62))
}

// since tells how long after the dependency was broken a moment was.
func (o *outage) since(at service.Duration) string {
	return fmt.Sprintf("%.1fs", (at - o.put).D().Seconds())
}

// finding draws the outage with the failed probes of an endpoint marked, of
// none for "".
func (o *outage) finding(endpoint, format string, args ...any) check.Evidence {
	return check.Evidence{Rung: check.Proven, Where: o.where(), Text: fmt.Sprintf(format, args...),
		Detail: &check.Detail{Timeline: check.TimelineOf(o.trial, o.events, func(e evidence.Event) bool {
			return e.Probe != nil && e.Probe.Endpoint == endpoint && !up(e.Probe)
		})}}
}
