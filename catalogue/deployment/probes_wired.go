package deployment

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/kube"
)

var _ = check.Register(check.Check{
	ID:    "deployment/probes-wired",
	Title: "The platform asks liveness and readiness, distinct, with sane timings",
	Why: `Health endpoints that no probe asks gate nothing: traffic goes to pods that cannot serve it,
and hung ones are never restarted. One endpoint for both restarts the whole service whenever a
dependency is down; a hasty probe restarts it under load or before it has started.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `The probes of the service's own container are read from the manifests, with the API's defaults.
It must have a liveness and a readiness probe, unlike in what they ask, and asking what
golive.yaml declares as endpoints.live and endpoints.ready. A named port must be one of the
container's. timeoutSeconds must not exceed periodSeconds; liveness must allow at least 10 s of
failures before it restarts. The time that a start may take (startupProbe, else liveness with
its initial delay) must be twice what the drill start measured or more, where it has run: a
node's processor is shared. terminationGracePeriodSeconds less the preStop hook's sleep must
reach run.grace, where golive.yaml declares it.`,
	Reads: []evidence.Kind{kube.ObjectKind, evidence.Recorded("start")},
	Judge: judgeProbesWired,
	Remedy: check.Remedy{
		Text: `Give the container a livenessProbe and a readinessProbe on endpoints of their own, a
startupProbe whose failureThreshold × periodSeconds is several times the slowest start seen,
and a terminationGracePeriodSeconds that covers run.grace and the preStop hook together.`,
		Patch: probesPatch,
	},
})

func judgeProbesWired(p *check.Pass) error {
	workloads, none, err := kube.Serving(p.Set)
	if err != nil {
		return err
	}
	if len(workloads) == 0 {
		p.NotApplicable(none)
	}
	for i := range workloads {
		w := &workloads[i]
		c := wiring{p, w, w.Main(p.Service().Name)}
		live, ready := c.container().LivenessProbe, c.container().ReadinessProbe
		c.present(live, ready)
		if live != nil && ready != nil {
			c.distinct(live, ready)
		}
		c.asksDeclared(live, "livenessProbe", p.Service().Endpoints.Live)
		c.asksDeclared(ready, "readinessProbe", p.Service().Endpoints.Ready)
		c.timings(live, ready, c.container().StartupProbe)
		if live != nil {
			c.startBudget(live, c.container().StartupProbe)
		}
		c.grace()
	}
	return nil
}

// wiring judges how one container is probed.
type wiring struct {
	p *check.Pass
	w *kube.Workload
	i int // of the service's own container
}

func (c wiring) container() *corev1.Container { return &c.w.Template.Spec.Containers[c.i] }

func (c wiring) at(path ...string) string {
	return c.w.ContainerSource("containers", c.i, path...).String()
}

// fail adds a finding about the field at path of the container.
func (c wiring) fail(path []string, format string, args ...any) {
	c.p.Failf(check.Found, c.at(path...), format, args...)
}

func (c wiring) present(live, ready *corev1.Probe) {
	if live == nil {
		c.fail(nil, "container %s has no livenessProbe: it is never restarted when it hangs", c.container().Name)
	}
	if ready == nil {
		c.fail(nil, "container %s has no readinessProbe: it gets traffic whether or not it can serve it", c.container().Name)
	}
}

func (c wiring) distinct(live, ready *corev1.Probe) {
	l, r := asks(live, c.container()), asks(ready, c.container())
	if l == r {
		c.fail([]string{"readinessProbe"}, "liveness and readiness both ask %s: what makes the pod unready also restarts it", l)
		return
	}
	c.p.Showf(check.Found, c.at("livenessProbe"), "liveness asks %s, readiness %s", l, r)
}

// asksDeclared compares a probe with the endpoint that golive.yaml declares
// for it. What a command or a gRPC health service looks at cannot be seen.
func (c wiring) asksDeclared(probe *corev1.Probe, field, declared string) {
	switch {
	case probe == nil || declared == "":
	case probe.HTTPGet != nil && pathOf(probe.HTTPGet) != pathOnly(declared):
		c.fail([]string{field, "httpGet", "path"}, "the %s asks %s; golive.yaml declares %s", field, pathOf(probe.HTTPGet), declared)
	case probe.TCPSocket != nil:
		c.fail([]string{field, "tcpSocket"}, "the %s only sees that the port is open; golive.yaml declares %s, which tells more", field, declared)
	}
}

func (c wiring) timings(live, ready, startup *corev1.Probe) {
	for _, t := range []struct {
		field string
		probe *corev1.Probe
	}{{"livenessProbe", live}, {"readinessProbe", ready}, {"startupProbe", startup}} {
		if t.probe == nil {
			continue
		}
		if port := missingPort(t.probe, c.container()); port != "" {
			c.fail([]string{t.field}, "the %s asks the port %q, and no port of the container has that name", t.field, port)
		}
		if asks(t.probe, c.container()) == "nothing" {
			c.fail([]string{t.field}, "the %s asks nothing: it has none of httpGet, tcpSocket, grpc and exec", t.field)
		}
		if timeout(t.probe) > period(t.probe) {
			c.fail([]string{t.field, "timeoutSeconds"}, "the %s may take %s and is asked every %s; expected a timeout of at most the period", t.field, timeout(t.probe), period(t.probe))
		}
		if t.field != "readinessProbe" && t.probe.SuccessThreshold > 1 {
			c.fail([]string{t.field, "successThreshold"}, "the %s has successThreshold %d, which the API refuses; it must be 1", t.field, t.probe.SuccessThreshold)
		}
	}
	if live != nil && patience(live) < leastPatience {
		c.fail([]string{"livenessProbe"}, "liveness restarts the container after %s of failures (%d × %s); expected at least %s, or a pause of the machine does it",
			patience(live), failures(live), period(live), leastPatience)
	}
}

// startBudget compares the time that the probes give a start with the time
// that one took.
func (c wiring) startBudget(live, startup *corev1.Probe) {
	field, probe := "livenessProbe", live
	if startup != nil {
		field, probe = "startupProbe", startup
	}
	budget := time.Duration(probe.InitialDelaySeconds)*time.Second + patience(probe)
	took, ok := measuredStart(c.p)
	switch {
	case !ok:
		c.p.Showf(check.Found, c.at(field), "the %s gives a start %s; the drill start has not measured one", field, budget)
	case budget < 2*took:
		c.fail([]string{field}, "the %s gives a start %s; one was measured to take %s, so expected at least %s", field, budget, took, 2*took)
	default:
		c.p.Showf(check.Found, c.at(field), "the %s gives a start %s; one was measured to take %s", field, budget, took)
	}
}

// measuredStart returns how long the service took from its start until it was
// ready, as the drill start saw it.
func measuredStart(p *check.Pass) (time.Duration, bool) {
	rec, err := p.Drill("start")
	if err != nil {
		return 0, false
	}
	events, err := p.Trial(rec, "hammer")
	if err != nil {
		return 0, false
	}
	started, _, begun := evidence.InState(events, evidence.Started)
	ready, _, ok := evidence.InState(events, evidence.Ready)
	return (ready - started).D().Round(10 * time.Millisecond), begun && ok
}

// grace compares the time that the platform gives a stop with what the owner
// declares that one needs.
func (c wiring) grace() {
	declared := c.p.Service().Run.Grace.D()
	if declared == 0 {
		return
	}
	given := 30 * time.Second // the API's default
	if s := c.w.Template.Spec.TerminationGracePeriodSeconds; s != nil {
		given = time.Duration(*s) * time.Second
	}
	hook := preStop(c.container())
	where := c.w.PodSource("spec", "terminationGracePeriodSeconds").String()
	if given-hook < declared {
		c.p.Failf(check.Found, where, "the platform kills after %s, of which the preStop hook takes %s; golive.yaml declares that a stop takes up to %s (run.grace)", given, hook, declared)
		return
	}
	c.p.Showf(check.Found, where, "the platform kills after %s, of which the preStop hook takes %s; run.grace is %s", given, hook, declared)
}

func probesPatch(p *check.Pass) string {
	workloads, _, err := kube.Serving(p.Set)
	if err != nil || len(workloads) == 0 {
		return ""
	}
	w := &workloads[0]
	i := w.Main(p.Service().Name)
	live, ready := p.Service().Endpoints.Live, p.Service().Endpoints.Ready
	if live == "" || ready == "" {
		live, ready = "/livez", "/readyz"
	}
	c := w.Template.Spec.Containers[i]
	return fmt.Sprintf(`# in container %s of %s (%s)
livenessProbe:
  httpGet: {path: %s, port: %[6]s}
readinessProbe:
  httpGet: {path: %[5]s, port: %[6]s}
  periodSeconds: 5
startupProbe:
  httpGet: {path: %[4]s, port: %[6]s}
  periodSeconds: 2
  failureThreshold: 30
`, c.Name, w, w.ContainerSource("containers", i), live, ready, firstPort(&c))
}
