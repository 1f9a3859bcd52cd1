package kube

import (
	"slices"
	"strings"
	"testing"
)

func workload(kind, name, extra string) string {
	version := map[string]string{"Rollout": "argoproj.io/v1alpha1", "Job": "batch/v1", "Pod": "v1"}[kind]
	if version == "" {
		version = "apps/v1"
	}
	head := "apiVersion: " + version + "\nkind: " + kind + "\nmetadata: {name: " + name + "}\n"
	if kind == "Pod" {
		return head + "spec: {containers: [{name: c, image: i}]}\n"
	}
	return head + "spec:\n  template: {metadata: {labels: {app: " + name + extra + "}}, spec: {containers: [{name: c, image: i}]}}\n"
}

func picked(t *testing.T, service string, contents map[string]string) ([]string, error) {
	t.Helper()
	objects, problems := objectsOf(t, contents)
	if problems != nil {
		t.Fatal(problems)
	}
	all, err := Workloads(objects, service)
	var list []string
	for _, w := range all {
		list = append(list, w.File+" "+w.String())
	}
	return list, err
}

func TestWorkloadsPicksTheService(t *testing.T) {
	tests := map[string]struct {
		service  string
		contents map[string]string
		want     []string
	}{
		"the only one": {"orders", map[string]string{"a.yaml": workload("Deployment", "web", "")}, []string{"a.yaml Deployment web"}},
		"the only one, jobs aside": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "web", ""), "b.yaml": workload("Job", "migrate", ""),
		}, []string{"a.yaml Deployment web"}},
		"by name": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "orders", ""), "b.yaml": workload("StatefulSet", "orders-db", ""),
		}, []string{"a.yaml Deployment orders"}},
		"by part of the name": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "shop-orders-api", ""), "b.yaml": workload("Deployment", "preorders", ""),
		}, []string{"a.yaml Deployment shop-orders-api"}},
		"by letters of the name": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "ordersvc", ""), "b.yaml": workload("Deployment", "payments", ""),
		}, []string{"a.yaml Deployment ordersvc"}},
		"by label": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "x", ", app.kubernetes.io/name: orders"), "b.yaml": workload("Deployment", "orders-mock", ""),
		}, []string{"a.yaml Deployment x"}},
		"that of production": {"orders", map[string]string{
			"k8s/dev/orders.yaml": workload("Deployment", "orders", ""), "k8s/prod/orders.yaml": workload("Deployment", "orders", ""),
			"k8s/base.yaml": workload("Deployment", "orders", ""),
		}, []string{"k8s/prod/orders.yaml Deployment orders"}},
		"not that of tests": {"orders", map[string]string{
			"deploy/orders.yaml": workload("Deployment", "orders", ""), "e2e/orders.yaml": workload("Deployment", "orders", ""),
		}, []string{"deploy/orders.yaml Deployment orders"}},
		"not a patch": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "orders", ""), "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {replicas: 1}\n",
		}, []string{"a.yaml Deployment orders"}},
		"a pod": {"orders", map[string]string{"a.yaml": workload("Pod", "orders", "")}, []string{"a.yaml Pod orders"}},
		"not someone else's broken one": {"orders", map[string]string{
			"a.yaml": workload("Deployment", "orders", ""), "b.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: many}\n",
		}, []string{"a.yaml Deployment orders"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := picked(t, tt.service, tt.contents)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("picked %v (%v), want %v", got, err, tt.want)
			}
		})
	}
}

func TestWorkloadsSaysWhyThereIsNone(t *testing.T) {
	two := map[string]string{"a.yaml": workload("Deployment", "a", ""), "b.yaml": workload("Deployment", "b", "")}
	tests := map[string]struct {
		service  string
		contents map[string]string
		want     string
	}{
		"nothing":  {"orders", map[string]string{"s.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: orders}\n"}, "no Kubernetes manifest of a workload was found; add"},
		"another":  {"orders", two, `none of the workloads Deployment a, Deployment b is called or labelled "orders"`},
		"no name":  {"", two, "correct service: in golive.yaml"},
		"a broken": {"orders", map[string]string{"a.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\nspec: {replicas: many}\n"}, "a.yaml:1 is no valid Deployment"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := picked(t, tt.service, tt.contents)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("picked %v, error %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestRolloutTakesTheTemplateOfItsDeployment(t *testing.T) {
	objects, _ := objectsOf(t, map[string]string{
		"deploy.yaml":  workload("Deployment", "orders", ""),
		"rollout.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: orders}\nspec:\n  replicas: 4\n  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: orders}\n",
	})
	all, err := Workloads(objects, "orders")
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	w := all[0]
	if w.Kind != "Rollout" || w.Replicas != 4 || len(w.Template.Spec.Containers) != 1 {
		t.Errorf("got %+v", w)
	}
	if got := w.ContainerSource("containers", 0, "image").String(); got != "deploy.yaml:5" {
		t.Errorf("its image stands at %s", got)
	}
}

func TestCronJobTemplate(t *testing.T) {
	objects, _ := objectsOf(t, map[string]string{"c.yaml": `apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: sweep
              image: i
`})
	all, err := Workloads(objects, "sweep")
	if err != nil || len(all) != 1 || all[0].Serves() {
		t.Fatalf("%+v, %v", all, err)
	}
	if got := all[0].ContainerSource("containers", 0, "image").String(); got != "c.yaml:11" {
		t.Errorf("its image stands at %s", got)
	}
}

func TestMainContainer(t *testing.T) {
	tests := map[string]struct {
		pod  string
		want int
	}{
		"the only one":     {"containers: [{name: web, image: i}]", 0},
		"by name":          {"containers: [{name: proxy, image: orders}, {name: orders, image: i}]", 1},
		"by part":          {"containers: [{name: proxy, image: i}, {name: orders-api, image: i}]", 1},
		"by image":         {"containers: [{name: proxy, image: 'envoy:1'}, {name: app, image: 'localhost:5000/shop/orders:1'}]", 1},
		"by the workload":  {"containers: [{name: proxy, image: i}, {name: shop, image: i}]", 1},
		"the first":        {"containers: [{name: app, image: i}, {name: proxy, image: i}]", 0},
		"no part of words": {"containers: [{name: app, image: i}, {name: preorders, image: 'x/preorders@sha256:1'}]", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, _ := objectsOf(t, map[string]string{"a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\nspec: {" + tt.pod + "}\n"})
			all, err := Workloads(objects, "orders")
			if err != nil {
				t.Fatal(err)
			}
			if got := all[0].Main("orders"); got != tt.want {
				t.Errorf("container %d, want %d", got, tt.want)
			}
			all[0].Template.Annotations = map[string]string{defaultContainer: all[0].Template.Spec.Containers[0].Name}
			if got := all[0].Main("orders"); got != 0 {
				t.Errorf("with the annotation container %d, want 0", got)
			}
		})
	}
}
