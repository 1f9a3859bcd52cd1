package deployment

import (
	"fmt"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// probed is what an endpoint answered over some time.
type probed struct {
	probes []*evidence.Probe
	at     []service.Duration
}

func answersOf(events []evidence.Event, endpoint string) probed {
	var p probed
	for at, probe := range evidence.Probes(events, endpoint) {
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
		if up(probe) {
			continue
		}
		again := i+1 < len(p.probes) && !up(p.probes[i+1])
		if probe.Status != 0 || again {
			return p.at[i], said(probe), true
		}
	}
	return 0, "", false
}

func (p probed) none() bool { return len(p.probes) == 0 }

// span is the time from the first probe to the last.
func (p probed) span() service.Duration {
	if p.none() {
		return 0
	}
	return p.at[len(p.at)-1] - p.at[0]
}

func said(p *evidence.Probe) string {
	if p.Status == 0 {
		return fmt.Sprintf("gave no answer (%s)", p.Error)
	}
	return fmt.Sprintf("answered %d", p.Status)
}

// outage is one trial in which a dependency was broken.
type outage struct {
	drill, trial string
	how          string
	dep          service.Dependency
}

func (o outage) where() string { return fmt.Sprintf("drill %s, %s", o.drill, o.trial) }

// outages lists how a dependency is broken for the probes to be watched.
func outages(dep service.Dependency) []outage {
	return []outage{
		{"down", dep.Name, "refused", dep},
		{"hang", dep.Name + "/silence", "silent", dep},
	}
}
