package service

import (
	"slices"
	"strings"
	"time"
)

// manifest is as much of a Kubernetes workload as a declaration can use.
type manifest struct {
	Kind     string
	Metadata struct{ Name lined[string] }
	Spec     struct {
		podSpec  `yaml:",inline"` // of a Pod
		Template struct {
			Metadata struct{ Annotations map[string]lined[string] }
			Spec     podSpec
		}
	}
}

type podSpec struct {
	TerminationGracePeriodSeconds lined[int] `yaml:"terminationGracePeriodSeconds"`
	Containers                    []container
}

type container struct {
	Ports []struct {
		ContainerPort lined[int] `yaml:"containerPort"`
	}
	Env []struct {
		Name      lined[string]
		Value     lined[string]
		ValueFrom map[string]any `yaml:"valueFrom"`
	}
	LivenessProbe  probe `yaml:"livenessProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
}

type probe struct {
	HTTPGet       struct{ Path lined[string] } `yaml:"httpGet"`
	PeriodSeconds lined[int]                   `yaml:"periodSeconds"`
}

// pod is what the manifest of a workload says about its first container.
type pod struct {
	name text
	port port
	env  []variable
	file string

	spec        podSpec
	annotations map[string]lined[string]
}

// Kinds of manifests that run a service.
var workloads = []string{"Deployment", "StatefulSet", "DaemonSet", "Rollout", "Pod"}

// workload reads the first workload with a container, preferring one that
// serves a port.
func (r *repository) workload() pod {
	var found pod
	for name, doc := range r.documents("apiVersion", "kind", "containers") {
		var m manifest
		if err := doc.Decode(&m); err != nil || !slices.Contains(workloads, m.Kind) {
			continue
		}
		spec := m.Spec.Template.Spec
		if m.Kind == "Pod" {
			spec = m.Spec.podSpec
		}
		if len(spec.Containers) == 0 || found.file != "" && len(spec.Containers[0].Ports) == 0 {
			continue
		}
		found = pod{name: text{nameLike(m.Metadata.Name.Value), m.Metadata.Name.from(name)}, file: name, spec: spec, annotations: m.Spec.Template.Metadata.Annotations}
		found.container(spec.Containers[0])
		if found.port.number != 0 {
			break
		}
	}
	return found
}

func (p *pod) container(c container) {
	if len(c.Ports) > 0 {
		first := c.Ports[0].ContainerPort
		p.port = port{first.Value, first.from(p.file)}
	}
	for _, e := range c.Env {
		v := variable{name: e.Name.Value, value: e.Value.Value, deployed: true, from: e.Name.from(p.file)}
		for source := range e.ValueFrom {
			v.elsewhere = map[string]string{"secretKeyRef": "a secret", "configMapKeyRef": "a ConfigMap"}[source]
			if v.elsewhere == "" {
				v.elsewhere = "the pod"
			}
		}
		p.env = append(p.env, v)
	}
}

// apply guesses what probes, annotations and the grace period say.
func (p pod) apply(d *Draft) {
	if p.file == "" {
		return
	}
	c, e := p.spec.Containers[0], &d.Service.Endpoints
	endpoint := func(key string, to *string, path lined[string]) {
		if path.Value = strings.TrimSpace(path.Value); path.Value != "" {
			guess(d, "endpoints."+key, to, "/"+strings.TrimPrefix(path.Value, "/"), path.from(p.file))
		}
	}
	endpoint("live", &e.Live, c.LivenessProbe.HTTPGet.Path)
	endpoint("ready", &e.Ready, c.ReadinessProbe.HTTPGet.Path)
	endpoint("metrics", &e.Metrics, p.annotations["prometheus.io/path"])
	if scrape := p.annotations["prometheus.io/scrape"]; scrape.Value == "true" {
		endpoint("metrics", &e.Metrics, lined[string]{"/metrics", scrape.Line})
	}
	seconds := func(key string, to *Duration, n lined[int]) {
		if n.Value > 0 && n.Value < 86_400 {
			guess(d, key, to, Duration(n.Value)*Duration(time.Second), n.from(p.file))
		}
	}
	seconds("endpoints.period", &e.Period, c.ReadinessProbe.PeriodSeconds)
	seconds("run.grace", &d.Service.Run.Grace, p.spec.TerminationGracePeriodSeconds)
}
