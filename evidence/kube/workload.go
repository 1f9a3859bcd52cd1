package kube

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/golive-dev/golive/evidence"
)

// Workload is what runs the pods of a service, whichever controller does it.
type Workload struct {
	Object
	Replicas int                   // as written; 1, as the API defaults it, when nothing is
	Selector *metav1.LabelSelector // of its pods; nil for kinds that make their own
	Template corev1.PodTemplateSpec

	template     Object   // where the template stands: for a Rollout it may be a Deployment
	templatePath []string // and at which path
	invalid      error    // why it cannot be decoded
}

// templatePaths are the controllers whose pods can run a service, with the
// place of their pod template.
var templatePaths = map[string][]string{
	"apps/Deployment":     {"spec", "template"},
	"apps/StatefulSet":    {"spec", "template"},
	"apps/DaemonSet":      {"spec", "template"},
	"apps/ReplicaSet":     {"spec", "template"},
	"argoproj.io/Rollout": {"spec", "template"},
	"batch/Job":           {"spec", "template"},
	"batch/CronJob":       {"spec", "jobTemplate", "spec", "template"},
	"/Pod":                {},
}

// controller is what the kinds of templatePaths have in common.
type controller struct {
	Spec struct {
		Replicas    *int                   `json:"replicas"`
		Selector    *metav1.LabelSelector  `json:"selector"`
		Template    corev1.PodTemplateSpec `json:"template"`
		JobTemplate struct {
			Spec struct {
				Template corev1.PodTemplateSpec `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
		WorkloadRef *struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"workloadRef"`
	} `json:"spec"`
}

// Serves reports whether the workload runs for as long as the service does:
// all but jobs.
func (w *Workload) Serves() bool { return w.Kind != "Job" && w.Kind != "CronJob" }

// PodSource returns where the field at path of the pod template stands, or
// the nearest field around it: PodSource("spec", "securityContext").
func (w *Workload) PodSource(path ...string) evidence.Source {
	return w.template.Source(append(slices.Clone(w.templatePath), path...)...)
}

// ContainerSource returns where a field of a container stands. field is
// "containers" or "initContainers".
func (w *Workload) ContainerSource(field string, i int, path ...string) evidence.Source {
	return w.PodSource(append([]string{"spec", field, fmt.Sprint(i)}, path...)...)
}

// PodLabels returns the labels of the workload's pods.
func (w *Workload) PodLabels() labels.Set { return w.Template.Labels }

// Selects reports whether selector picks the workload's pods; none picks
// nothing, an empty one everything.
func (w *Workload) Selects(selector *metav1.LabelSelector) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(w.PodLabels())
}

// Workloads returns the workloads among objects that run the service of the
// given name: those called or labelled so (see [Workload.match]), or else the
// only one there is, jobs aside. Where one is written for several
// environments, that of production counts (see rank). The error says why
// there is none, and what to write.
func Workloads(objects []Object, service string) ([]Workload, error) {
	all := ofProduction(decodeWorkloads(objects))
	if len(all) == 0 {
		return nil, fmt.Errorf("no Kubernetes manifest of a workload was found; add the Deployment, StatefulSet or Rollout that runs the service to the repository, with Helm and Kustomize as they render it")
	}
	picked := pick(all, service)
	if picked == nil {
		return nil, fmt.Errorf("none of the workloads %s is called or labelled %q; label the service's own app.kubernetes.io/name: %s, or correct service: in golive.yaml",
			strings.Join(names(all), ", "), service, service)
	}
	for _, w := range picked {
		if w.invalid != nil {
			return nil, w.invalid
		}
	}
	return picked, nil
}

func pick(all []Workload, service string) []Workload {
	for _, how := range []func(name, service string) bool{equal, hasPart, strings.Contains} {
		picked := slices.DeleteFunc(slices.Clone(all), func(w Workload) bool { return !w.match(service, how) })
		if len(picked) > 0 && service != "" {
			return picked
		}
	}
	serving := slices.DeleteFunc(slices.Clone(all), func(w Workload) bool { return !w.Serves() })
	switch {
	case len(names(serving)) == 1:
		return serving
	case len(names(all)) == 1:
		return all
	}
	return nil
}

func decodeWorkloads(objects []Object) []Workload {
	var all []Workload
	for i := range objects {
		o := &objects[i]
		path, ok := templatePaths[o.Group()+"/"+o.Kind]
		if !ok {
			continue
		}
		w := decodeWorkload(o, path, objects)
		// What has no container is a patch of something, not a workload.
		if w.invalid != nil || len(w.Template.Spec.Containers) > 0 {
			all = append(all, w)
		}
	}
	return withoutReferenced(all)
}

func decodeWorkload(o *Object, path []string, objects []Object) Workload {
	w := Workload{Object: *o, Replicas: 1, template: *o, templatePath: path}
	if o.Kind == "Pod" {
		var pod corev1.Pod
		w.invalid = o.As(&pod)
		w.Template = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
		return w
	}
	var c controller
	w.invalid = o.As(&c)
	w.Selector, w.Template = c.Spec.Selector, c.Spec.Template
	if o.Kind == "CronJob" {
		w.Template = c.Spec.JobTemplate.Spec.Template
	}
	if c.Spec.Replicas != nil {
		w.Replicas = *c.Spec.Replicas
	}
	if ref := c.Spec.WorkloadRef; ref != nil {
		w.takeTemplate(ref.Kind, ref.Name, objects)
	}
	return w
}

// takeTemplate fills in the template of a Rollout that names a Deployment
// instead of having one.
func (w *Workload) takeTemplate(kind, name string, objects []Object) {
	for i := range objects {
		o := &objects[i]
		if o.Kind != kind || o.Name != name || !SameNamespace(o, &w.Object) {
			continue
		}
		var c controller
		w.invalid = o.As(&c)
		w.Template, w.Selector, w.template = c.Spec.Template, c.Spec.Selector, *o
	}
}

// withoutReferenced drops the Deployments whose template a Rollout runs:
// Argo scales them to zero.
func withoutReferenced(all []Workload) []Workload {
	taken := map[string]bool{}
	for i := range all {
		if w := &all[i]; w.template.Kind != w.Kind {
			taken[w.template.Source().String()] = true
		}
	}
	return slices.DeleteFunc(all, func(w Workload) bool {
		return w.Kind == w.template.Kind && taken[w.Source().String()]
	})
}

// names returns the distinct workloads, as kind and name.
func names(all []Workload) []string {
	var list []string
	for i := range all {
		if name := all[i].String(); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
