package kube

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/golive-dev/golive/evidence/docker"
)

// defaultContainer is the annotation by which kubectl, too, picks the
// container that matters among several.
const defaultContainer = "kubectl.kubernetes.io/default-container"

// Main returns which of the workload's containers is the service itself, and
// no sidecar: the one that the pod's annotation names, or that is called as
// the service is, or whose image is, or else the first.
func (w *Workload) Main(service string) int {
	containers := w.Template.Spec.Containers
	named := w.Template.Annotations[defaultContainer]
	for _, is := range []func(corev1.Container) bool{
		func(c corev1.Container) bool { return named != "" && c.Name == named },
		func(c corev1.Container) bool { return service != "" && c.Name == service },
		func(c corev1.Container) bool { return service != "" && hasPart(c.Name, service) },
		func(c corev1.Container) bool { return service != "" && hasPart(imageName(c.Image), service) },
		func(c corev1.Container) bool { return c.Name == w.Name },
	} {
		if i := slices.IndexFunc(containers, is); i >= 0 {
			return i
		}
	}
	return 0
}

// imageName returns the last element of an image's repository.
func imageName(image string) string { return path.Base(docker.ParseReference(image).Repository) }
