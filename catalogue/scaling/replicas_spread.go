package scaling

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/kube"
)

var _ = check.Register(check.Check{
	ID:    "scaling/replicas-spread",
	Title: "More than one replica runs, spread over failure domains",
	Why: `A single replica is down with every node that is drained or dies, and with every rollout
that goes wrong. Several replicas in one zone are down together with the zone.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `The manifests of the workload are read. It must have 2 replicas or more at the fewest:
minReplicas of the HorizontalPodAutoscaler (or KEDA's minReplicaCount) that targets it, else
its own replicas. A topologySpreadConstraint or a podAntiAffinity, required or preferred,
must be over zones (topology.kubernetes.io/zone or region) and select the workload's own pods;
maxSkew must be smaller than the number of replicas. Spreading over nodes only is not enough,
and a nodeSelector or node affinity for one zone undoes it. A DaemonSet runs on every node.`,
	Reads: []evidence.Kind{kube.ObjectKind},
	Judge: judgeReplicasSpread,
	Remedy: check.Remedy{
		Text: `Run at least 2 replicas, with minReplicas where there is an autoscaler, and spread them with
a topologySpreadConstraint over topology.kubernetes.io/zone that selects the pods' labels.
ScheduleAnyway keeps pods schedulable when a zone is gone.`,
		Patch: spreadPatch,
	},
})

func judgeReplicasSpread(p *check.Pass) error {
	workloads, none, err := kube.Serving(p.Set)
	if err != nil {
		return err
	}
	if len(workloads) == 0 {
		p.NotApplicable(none)
	}
	for i := range workloads {
		w := &workloads[i]
		if w.Kind == "DaemonSet" {
			p.Showf(check.Found, w.Source().String(), "%s runs a pod on every node, and so in every zone that has one", w)
			continue
		}
		scale, err := kube.LeastReplicas(kube.Objects(p.Set), w)
		if err != nil {
			return err
		}
		judgeReplicas(p, w, scale)
		judgeSpread(p, w, scale)
	}
	return nil
}

func judgeReplicas(p *check.Pass, w *kube.Workload, scale kube.Scale) {
	switch {
	case w.Kind == "Pod":
		p.Failf(check.Found, w.Source().String(), "%s has no controller: there is one of it, and none when its node is gone", w)
	case scale.Least < 2:
		p.Failf(check.Found, scale.Source.String(), "%s; expected at least 2", scale.Text)
	default:
		p.Showf(check.Found, scale.Source.String(), "%s", scale.Text)
	}
}

// spread is one rule by which the scheduler sets pods apart.
type spread struct {
	topology string
	selector *metav1.LabelSelector
	maxSkew  int // 0 for anti-affinity, which has none
	rule     string
	source   evidence.Source
}

func judgeSpread(p *check.Pass, w *kube.Workload, scale kube.Scale) {
	if zone, source := onlyZone(w); zone != "" {
		p.Failf(check.Found, source.String(), "every pod of %s must run in zone %s, and is down with it", w, zone)
		return
	}
	rules := spreads(w)
	for _, s := range rules {
		if s.wrong(w, scale) == "" {
			p.Showf(check.Found, s.source.String(), "%s over %s sets the pods of %s apart", s.rule, s.topology, w)
			return
		}
	}
	for _, s := range rules {
		p.Failf(check.Found, s.source.String(), "%s of %s %s", s.rule, w, s.wrong(w, scale))
	}
	if len(rules) == 0 {
		p.Failf(check.Found, w.PodSource("spec").String(),
			"%s has neither a topologySpreadConstraint nor a podAntiAffinity over zones: all its pods may run in one zone", w)
	}
}

// wrong says why the rule does not spread w over zones, or "".
func (s spread) wrong(w *kube.Workload, scale kube.Scale) string {
	switch {
	case s.topology == corev1.LabelHostname:
		return "is over " + s.topology + " only: pods on different nodes may still be in one zone"
	case s.topology != corev1.LabelTopologyZone && s.topology != corev1.LabelTopologyRegion:
		return fmt.Sprintf("is over %s, which is no zone; expected %s", s.topology, corev1.LabelTopologyZone)
	case !w.Selects(s.selector):
		return fmt.Sprintf("does not select the workload's own pods (%s), and so sets none of them apart", w.PodLabels())
	case s.maxSkew > 0 && s.maxSkew >= max(2, scale.Least):
		return fmt.Sprintf("has maxSkew %d, so all %d replicas may run in one zone; expected 1", s.maxSkew, scale.Least)
	}
	return ""
}

// spreads returns the workload's rules, in the order in which they are written.
func spreads(w *kube.Workload) []spread {
	var rules []spread
	spec := w.Template.Spec
	for i, c := range spec.TopologySpreadConstraints {
		rules = append(rules, spread{c.TopologyKey, c.LabelSelector, int(c.MaxSkew),
			fmt.Sprintf("the topologySpreadConstraint (%s)", c.WhenUnsatisfiable),
			w.PodSource("spec", "topologySpreadConstraints", fmt.Sprint(i))})
	}
	if spec.Affinity == nil || spec.Affinity.PodAntiAffinity == nil {
		return rules
	}
	apart := spec.Affinity.PodAntiAffinity
	source := func(field string, i int) evidence.Source {
		return w.PodSource("spec", "affinity", "podAntiAffinity", field, fmt.Sprint(i))
	}
	for i, t := range apart.RequiredDuringSchedulingIgnoredDuringExecution {
		rules = append(rules, spread{t.TopologyKey, t.LabelSelector, 0, "the required podAntiAffinity",
			source("requiredDuringSchedulingIgnoredDuringExecution", i)})
	}
	for i, t := range apart.PreferredDuringSchedulingIgnoredDuringExecution {
		rules = append(rules, spread{t.PodAffinityTerm.TopologyKey, t.PodAffinityTerm.LabelSelector, 0, "the preferred podAntiAffinity",
			source("preferredDuringSchedulingIgnoredDuringExecution", i)})
	}
	return rules
}

// onlyZone returns the one zone to which the workload is bound, and where.
func onlyZone(w *kube.Workload) (string, evidence.Source) {
	if zone := w.Template.Spec.NodeSelector[corev1.LabelTopologyZone]; zone != "" {
		return zone, w.PodSource("spec", "nodeSelector", corev1.LabelTopologyZone)
	}
	affinity := w.Template.Spec.Affinity
	if affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return "", evidence.Source{}
	}
	// The terms are alternatives: the pods may go to the zones of any of them.
	var zones []string
	for _, term := range affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		of := zonesOf(term)
		if len(of) == 0 {
			return "", evidence.Source{}
		}
		zones = append(zones, of...)
	}
	slices.Sort(zones)
	if zones = slices.Compact(zones); len(zones) == 1 {
		return zones[0], w.PodSource("spec", "affinity", "nodeAffinity")
	}
	return "", evidence.Source{}
}

// zonesOf returns the zones that a term allows; none when it allows all.
func zonesOf(term corev1.NodeSelectorTerm) []string {
	for _, e := range term.MatchExpressions {
		if e.Key == corev1.LabelTopologyZone && e.Operator == corev1.NodeSelectorOpIn {
			return e.Values
		}
	}
	return nil
}

func spreadPatch(p *check.Pass) string {
	workloads, _, err := kube.Serving(p.Set)
	if err != nil || len(workloads) == 0 {
		return ""
	}
	return fmt.Sprintf(`# in the pod template of %s (%s)
spec:
  topologySpreadConstraints:
    - topologyKey: topology.kubernetes.io/zone
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: %s
`, &workloads[0], workloads[0].PodSource("spec"), selectorOf(&workloads[0]))
}
