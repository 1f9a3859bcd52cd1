package security

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docker"
	"github.com/golive-dev/golive/evidence/kube"
)

// podContainer is one container of a workload with what it inherits.
type podContainer struct {
	w      *kube.Workload
	field  string // containers or initContainers
	i      int
	spec   *corev1.Container
	own    *corev1.SecurityContext    // never nil
	pod    *corev1.PodSecurityContext // never nil
	recipe *docker.Dockerfile         // of its image; nil where it is not known
}

// podContainers returns all containers of w, the init containers last.
func podContainers(w *kube.Workload) []podContainer {
	var all []podContainer
	pod := cmp.Or(w.Template.Spec.SecurityContext, &corev1.PodSecurityContext{})
	add := func(field string, specs []corev1.Container) {
		for i := range specs {
			own := cmp.Or(specs[i].SecurityContext, &corev1.SecurityContext{})
			all = append(all, podContainer{w: w, field: field, i: i, spec: &specs[i], own: own, pod: pod})
		}
	}
	add("containers", w.Template.Spec.Containers)
	add("initContainers", w.Template.Spec.InitContainers)
	return all
}

// at returns where a field of the container stands.
func (c podContainer) at(path ...string) evidence.Source {
	return c.w.ContainerSource(c.field, c.i, path...)
}

// context returns where a field of the container's security context stands
// or, when only the pod has it, that of the pod's.
func (c podContainer) context(field string) evidence.Source {
	inPod := c.w.PodSource("spec", "securityContext", field)
	if own := c.at("securityContext", field); own != c.at("securityContext") || inPod == c.w.PodSource("spec", "securityContext") {
		return own
	}
	return inPod
}

// setting is one judged setting of a container.
type setting struct {
	name   string
	ok     bool
	text   string // what it is and, when wrong, what was expected
	quote  string // the field as it would be written
	source evidence.Source
}

func (c podContainer) settings() []setting {
	return []setting{c.user(), c.fileSystem(), c.escalation(), c.capabilities(), c.seccomp(), c.image()}
}

// user judges that the kubelet makes the container run as another than root.
// Where only runAsNonRoot is said, the kubelet looks at the image's user and
// refuses to start one that it cannot tell: a name.
func (c podContainer) user() setting {
	s := setting{name: "user", source: c.context("runAsNonRoot")}
	nonRoot := either(c.own.RunAsNonRoot, c.pod.RunAsNonRoot)
	user := either(c.own.RunAsUser, c.pod.RunAsUser)
	switch {
	case user != nil && *user == 0:
		s.source, s.quote = c.context("runAsUser"), "runAsUser: 0"
		s.text = "it runs as root (runAsUser 0)"
	case user != nil:
		s.ok, s.text = true, fmt.Sprintf("runAsUser %d", *user)
	case nonRoot == nil || !*nonRoot:
		s.quote = "runAsNonRoot: " + written(nonRoot)
		s.text = "nothing keeps it from running as root: runAsNonRoot is " + written(nonRoot) + "; expected true" + c.imageUser()
	default:
		s.ok, s.text = true, "runAsNonRoot"
		if why := c.refused(); why != "" {
			s.ok, s.text = false, why
		}
	}
	return s
}

// imageUser tells as whom the image runs today.
func (c podContainer) imageUser() string {
	if c.recipe == nil || c.recipe.User().Value == "" {
		return ""
	}
	user := c.recipe.User()
	return fmt.Sprintf(" (its image runs as %s today, %s)", user.Value, c.recipe.Source(user.Line))
}

// refused says why the kubelet would not start the image under runAsNonRoot.
func (c podContainer) refused() string {
	if c.recipe == nil {
		return ""
	}
	user := c.recipe.User()
	at := c.recipe.Source(user.Line)
	switch {
	case user.Root():
		return fmt.Sprintf("the kubelet refuses to start it: runAsNonRoot is set, and its image runs as %s (%s)", user.Value, at)
	case user.Value != "" && !user.Numeric() && !strings.Contains(user.Value, "$"):
		return fmt.Sprintf("the kubelet refuses to start it: of the user %q of its image (%s) it cannot tell that it is not root; set runAsUser, or a numeric USER", user.Value, at)
	}
	return ""
}

func (c podContainer) fileSystem() setting {
	v := c.own.ReadOnlyRootFilesystem
	return setting{
		name: "root file system", ok: v != nil && *v, source: c.context("readOnlyRootFilesystem"),
		text:  choose(v != nil && *v, "read-only", "its root file system can be written: readOnlyRootFilesystem is "+written(v)+"; expected true"),
		quote: "readOnlyRootFilesystem: " + written(v),
	}
}

func (c podContainer) escalation() setting {
	if v := c.own.Privileged; v != nil && *v {
		return setting{
			name: "privilege escalation", source: c.context("privileged"), quote: "privileged: true",
			text: "it is privileged, which is root on the node",
		}
	}
	v := c.own.AllowPrivilegeEscalation
	ok := v != nil && !*v
	return setting{
		name: "privilege escalation", ok: ok, source: c.context("allowPrivilegeEscalation"),
		text:  choose(ok, "refused", "it may gain privileges: allowPrivilegeEscalation is "+written(v)+"; expected false"),
		quote: "allowPrivilegeEscalation: " + written(v),
	}
}

func (c podContainer) capabilities() setting {
	s := setting{name: "capabilities", source: c.context("capabilities")}
	caps := cmp.Or(c.own.Capabilities, &corev1.Capabilities{})
	s.quote = fmt.Sprintf("capabilities: {drop: %v, add: %v}", caps.Drop, caps.Add)
	dropsAll := slices.ContainsFunc(caps.Drop, func(c corev1.Capability) bool { return strings.EqualFold(string(c), "ALL") })
	var extra []string
	for _, capability := range caps.Add {
		if capability != "NET_BIND_SERVICE" {
			extra = append(extra, string(capability))
		}
	}
	switch {
	case !dropsAll:
		s.text = fmt.Sprintf("it keeps capabilities: capabilities.drop is %v; expected [ALL]", caps.Drop)
	case len(extra) > 0:
		s.text = fmt.Sprintf("it takes capabilities back: capabilities.add is %v; expected nothing but NET_BIND_SERVICE", caps.Add)
	default:
		s.ok, s.text = true, "all dropped"
	}
	return s
}

func (c podContainer) seccomp() setting {
	s := setting{name: "seccomp", source: c.context("seccompProfile")}
	profile := cmp.Or(c.own.SeccompProfile, c.pod.SeccompProfile)
	if profile == nil {
		s.text, s.quote = "no seccomp profile filters its system calls; expected seccompProfile.type RuntimeDefault", "seccompProfile: (not set)"
		return s
	}
	s.ok = profile.Type == corev1.SeccompProfileTypeRuntimeDefault || profile.Type == corev1.SeccompProfileTypeLocalhost
	s.quote = "seccompProfile: {type: " + string(profile.Type) + "}"
	s.text = choose(s.ok, string(profile.Type), fmt.Sprintf("its seccompProfile.type is %q; expected RuntimeDefault or Localhost", profile.Type))
	return s
}

func (c podContainer) image() setting {
	how, ok := docker.ParseReference(c.spec.Image).Pinned()
	return setting{
		name: "image", ok: ok, source: c.at("image"), quote: "image: " + c.spec.Image,
		text: choose(ok, c.spec.Image+", pinned "+how, fmt.Sprintf("its image %s is not pinned: %s", c.spec.Image, how)),
	}
}

// pinned tells how the container's image is pinned.
func (c podContainer) pinned() string {
	how, _ := docker.ParseReference(c.spec.Image).Pinned()
	return how
}

// either returns the container's own value or else the pod's.
func either[T any](own, pod *T) *T {
	if own != nil {
		return own
	}
	return pod
}

func written(v *bool) string {
	if v == nil {
		return "not set"
	}
	return fmt.Sprint(*v)
}

func choose(ok bool, good, bad string) string {
	if ok {
		return good
	}
	return bad
}
