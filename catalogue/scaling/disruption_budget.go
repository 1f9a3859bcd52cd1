package scaling

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/kube"
)

var _ = check.Register(check.Check{
	ID:    "scaling/disruption-budget",
	Title: "Maintenance takes some replicas at a time, never all, and is never blocked for ever",
	Why: `Without a budget, draining nodes for an upgrade may evict every replica at once. With one
that allows no disruption, the drain waits for ever, and somebody deletes pods by force at night.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `Exactly one PodDisruptionBudget (policy/v1) must select the workload's pods: the eviction API
refuses pods that have two. At the fewest replicas (the autoscaler's minReplicas, else replicas)
it must allow at least 1 disruption and keep at least 1 pod. Percentages are rounded up, for
minAvailable and for maxUnavailable alike, as Kubernetes' disruption controller does
(getExpectedPodCount in pkg/controller/disruption; "Rounding logic when specifying percentages"
in Kubernetes' documentation). Drains leave DaemonSets alone: for them it is not applicable.`,
	Reads: []evidence.Kind{kube.ObjectKind},
	Judge: judgeDisruptionBudget,
	Remedy: check.Remedy{
		Text: `Write one PodDisruptionBudget with maxUnavailable: 1 that selects the workload's pods: it is
right for any number of replicas from 2. unhealthyPodEvictionPolicy: AlwaysAllow lets drains
evict pods that do not get ready anyway.`,
		Patch: budgetPatch,
	},
})

func judgeDisruptionBudget(p *check.Pass) error {
	workloads, none, err := kube.Serving(p.Set)
	if err != nil {
		return err
	}
	evictable := slices.DeleteFunc(workloads, func(w kube.Workload) bool { return w.Kind == "DaemonSet" })
	if len(evictable) == 0 {
		if none == "" {
			none = "it runs as a DaemonSet, whose pods a drain leaves alone"
		}
		p.NotApplicable(none)
	}
	for i := range evictable {
		if err := judgeBudgetOf(p, &evictable[i]); err != nil {
			return err
		}
	}
	return nil
}

// budget is a PodDisruptionBudget that selects the workload.
type budget struct {
	policyv1.PodDisruptionBudget
	object *kube.Object
}

func judgeBudgetOf(p *check.Pass, w *kube.Workload) error {
	objects := kube.Objects(p.Set)
	budgets, err := budgetsOf(objects, w)
	if err != nil {
		return err
	}
	scale, err := kube.LeastReplicas(objects, w)
	if err != nil {
		return err
	}
	switch len(budgets) {
	case 0:
		p.Failf(check.Found, w.Source().String(), "no PodDisruptionBudget selects the pods of %s (%s): a drain may evict all %d at once", w, w.PodLabels(), scale.Least)
	case 1:
		judgeBudget(p, w, budgets[0], scale)
	default:
		second := budgets[1].object
		p.Failf(check.Found, second.Source().String(), "%s and %s (%s) both select the pods of %s: the eviction API refuses pods that have two budgets, so a drain never ends",
			second, budgets[0].object, budgets[0].object.Source(), w)
	}
	return nil
}

// budgetsOf returns the budgets that select w's pods.
func budgetsOf(objects []kube.Object, w *kube.Workload) ([]budget, error) {
	var found []budget
	for _, o := range kube.Beside(objects, w, "PodDisruptionBudget") {
		b := budget{object: &o}
		if err := o.As(&b.PodDisruptionBudget); err != nil {
			return nil, err
		}
		if w.Selects(b.Spec.Selector) {
			found = append(found, b)
		}
	}
	return found, nil
}

func judgeBudget(p *check.Pass, w *kube.Workload, b budget, scale kube.Scale) {
	where := b.object.Source("spec", "minAvailable")
	if b.Spec.MaxUnavailable != nil {
		where = b.object.Source("spec", "maxUnavailable")
	}
	allowed, rule, err := b.allows(scale.Least)
	at := fmt.Sprintf("%s at %s", rule, scale.Text)
	switch {
	case b.object.APIVersion != "policy/v1":
		p.Failf(check.Found, b.object.Source("apiVersion").String(), "%s is of %s, which Kubernetes no longer serves since 1.25; write policy/v1", b.object, b.object.APIVersion)
	case err != nil:
		p.Failf(check.Found, where.String(), "%s: %s", b.object, err)
	case allowed < 1:
		p.Failf(check.Found, where.String(), "%s allows no disruption: a drain of a node with a pod of %s never ends", at, w)
	case allowed >= scale.Least:
		p.Failf(check.Found, where.String(), "%s allows all of them to be evicted at once", at)
	default:
		p.Showf(check.Found, where.String(), "%s: %d of %d may be evicted at once", at, allowed, scale.Least)
	}
}

// allows returns how many of the replicas may be evicted at once, and the
// rule that says so.
func (b budget) allows(replicas int) (allowed int, rule string, err error) {
	least, most := b.Spec.MinAvailable, b.Spec.MaxUnavailable
	switch {
	case least != nil && most != nil:
		return 0, "", errors.New("it has both minAvailable and maxUnavailable, which the API refuses")
	case least == nil && most == nil:
		return 0, "neither minAvailable nor maxUnavailable", nil
	case least != nil:
		kept, err := intstr.GetScaledValueFromIntOrPercent(least, replicas, true)
		return replicas - kept, "minAvailable " + least.String(), err
	}
	allowed, err = intstr.GetScaledValueFromIntOrPercent(most, replicas, true)
	return min(allowed, replicas), "maxUnavailable " + most.String(), err
}

func budgetPatch(p *check.Pass) string {
	workloads, _, err := kube.Serving(p.Set)
	if err != nil || len(workloads) == 0 {
		return ""
	}
	return fmt.Sprintf(`apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: %s
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: %s
`, workloads[0].Name, selectorOf(&workloads[0]))
}

// selectorOf writes the labels by which the workload finds its pods, as YAML.
func selectorOf(w *kube.Workload) string {
	labels := map[string]string(w.PodLabels())
	if w.Selector != nil && len(w.Selector.MatchLabels) > 0 {
		labels = w.Selector.MatchLabels
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, fmt.Sprintf("%s: %q", name, labels[name]))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}
