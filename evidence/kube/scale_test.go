package kube

import (
	"slices"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/service"
)

func TestLeastReplicas(t *testing.T) {
	hpa := "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: "
	keda := "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: k}\nspec:\n  scaleTargetRef: {name: orders}\n"
	written := strings.Replace(workload("Deployment", "orders", ""), "spec:\n", "spec:\n  replicas: 4\n", 1)
	tests := map[string]struct {
		text, want, at string
		least          int
	}{
		"written":          {written, "replicas 4 of Deployment orders", "a.yaml:5", 4},
		"not written":      {workload("Deployment", "orders", ""), "says no number of replicas, which means 1", "a.yaml:4", 1},
		"autoscaler":       {written + hpa + "orders}\n  minReplicas: 3\n", "minReplicas 3 of HorizontalPodAutoscaler h", "a.yaml:13", 3},
		"its default":      {written + hpa + "orders}\n", "minReplicas 1 of HorizontalPodAutoscaler h", "a.yaml:11", 1},
		"of another":       {written + hpa + "payments}\n  minReplicas: 3\n", "replicas 4", "a.yaml:5", 4},
		"KEDA":             {written + keda + "  minReplicaCount: 2\n", "minReplicaCount 2 of ScaledObject k", "a.yaml:13", 2},
		"KEDA scales to 0": {written + keda, "minReplicaCount 0 of ScaledObject k", "a.yaml:11", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, _ := objectsOf(t, map[string]string{"a.yaml": tt.text})
			all, err := Workloads(objects, "orders")
			if err != nil {
				t.Fatal(err)
			}
			scale, err := LeastReplicas(objects, &all[0])
			if err != nil || scale.Least != tt.least || scale.Source.String() != tt.at || !strings.Contains(scale.Text, tt.want) {
				t.Errorf("%+v, %v", scale, err)
			}
		})
	}
}

func TestBesideKeepsToOneEnvironment(t *testing.T) {
	budget := func(name string) string {
		return "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: " + name + "}\n"
	}
	objects, _ := objectsOf(t, map[string]string{
		"base/orders.yaml": workload("Deployment", "orders", ""), "base/a.yaml": budget("a"), "prod/a.yaml": budget("a"),
		"dev/b.yaml": budget("b"), "prod/b.yaml": budget("b"), "dev/c.yaml": budget("c"),
		"base/d.yaml": strings.Replace(budget("d"), "{name", "{namespace: x, name", 1),
	})
	all, err := Workloads(objects, "orders")
	if err != nil {
		t.Fatal(err)
	}
	all[0].Namespace = "shop"
	var got []string
	for _, o := range Beside(objects, &all[0], "PodDisruptionBudget") {
		got = append(got, o.File)
	}
	if want := []string{"base/a.yaml", "dev/c.yaml", "prod/b.yaml"}; !slices.Equal(got, want) {
		t.Errorf("beside it are %v, want %v", got, want)
	}
}

func setOf(t *testing.T, contents map[string]string) *evidence.Set {
	t.Helper()
	records := evidencetest.Collect(t, Collector{}, contents)
	return evidence.NewSet(&service.Service{Name: "orders"}, evidence.Build{}, records)
}

func TestOfServiceTellsWhatWasNotRendered(t *testing.T) {
	overlay := "resources: [../../base]\nimages: [{name: i, newTag: 1.2.3}]\n"
	tests := map[string]struct {
		contents map[string]string
		want     string
	}{
		"overlay": {map[string]string{
			"base/kustomization.yaml": "resources: [orders.yaml]\n", "base/orders.yaml": workload("Deployment", "orders", ""),
			"overlays/prod/kustomization.yaml": overlay,
		}, "Deployment orders (base/orders.yaml:1) is changed by the Kustomize overlay overlays/prod/kustomization.yaml"},
		"chart": {map[string]string{
			"chart/Chart.yaml": "name: x\n", "chart/templates/d.yaml": "x",
		}, "no Kubernetes manifest of a workload was found; add the Deployment, StatefulSet or Rollout that runs the service to the repository, with Helm and Kustomize as they render it (chart/Chart.yaml: the templates of this Helm chart (1)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := OfService(setOf(t, tt.contents)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	rendered := tests["overlay"].contents
	rendered["overlays/prod/rendered.yaml"] = workload("Deployment", "orders", "")
	all, err := OfService(setOf(t, rendered))
	if err != nil || len(all) != 1 || all[0].File != "overlays/prod/rendered.yaml" {
		t.Errorf("with the rendered manifest: %v, %v", all, err)
	}
}

func TestServingLeavesJobsOut(t *testing.T) {
	serving, none, err := Serving(setOf(t, map[string]string{"j.yaml": workload("Job", "orders", "")}))
	if len(serving) != 0 || none != "it runs as Job orders and ends by itself" || err != nil {
		t.Errorf("%v, %q, %v", serving, none, err)
	}
}
