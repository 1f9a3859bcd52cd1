package security

import (
	"fmt"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docker"
	"github.com/golive-dev/golive/evidence/kube"
)

var _ = check.Register(check.Check{
	ID:    "security/hardening",
	Title: "Containers run without root, capabilities or a writable file system, from pinned images",
	Why: `Whoever gets to run code in the service gets what its container may do. As root, with a
writable file system and capabilities, that is tools, persistence and a way to the node. An image
whose tag can move is another program tomorrow, without a review.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `Every container and init container of the workload's pod template is read, what it does not
say itself taken from the pod: runAsNonRoot or a runAsUser above 0, readOnlyRootFilesystem,
allowPrivilegeEscalation: false and not privileged, capabilities that drop ALL and add at most
NET_BIND_SERVICE, seccompProfile RuntimeDefault or Localhost (the restricted profile of
Kubernetes' Pod Security Standards, and a read-only file system). Images must be pinned by
digest, or by a tag that is a full version (three numbers) or a commit. The service's Dockerfile,
where there is one, must name its user by number when the kubelet has to tell that it is not
root, must not end as root when no manifest says otherwise, and must build the final image on a
pinned one and no stage on latest. Which registries are approved cannot be declared yet: they
are shown.`,
	Reads: []evidence.Kind{kube.ObjectKind, docker.DockerfileKind},
	Judge: judgeHardening,
	Remedy: check.Remedy{
		Text: `Set the security context below on the pod and on each container, mount an emptyDir where
the service writes (/tmp), end the Dockerfile with a numeric USER, and name images by digest.`,
		Patch: hardeningPatch,
	},
})

func judgeHardening(p *check.Pass) error {
	recipe := docker.OfService(p.Set)
	if recipe != nil {
		judgeBases(p, recipe)
	}
	workloads, err := kube.OfService(p.Set)
	if err != nil {
		judgeUser(p, recipe)
		return err
	}
	var registries []string
	for i := range workloads {
		w := &workloads[i]
		main := &w.Template.Spec.Containers[w.Main(p.Service().Name)]
		for _, c := range podContainers(w) {
			if c.spec == main {
				c.recipe = recipe
			}
			judgeContainer(p, c)
			registry := docker.ParseReference(c.spec.Image).Registry
			if !slices.Contains(registries, registry) {
				registries = append(registries, registry)
			}
		}
	}
	slices.Sort(registries)
	p.Showf(check.Declared, workloads[0].PodSource("spec").String(), "images come from %s; that these are approved is not judged", strings.Join(registries, ", "))
	return nil
}

// judgeContainer fails each setting that is wrong, and otherwise shows all.
func judgeContainer(p *check.Pass, c podContainer) {
	wrong := false
	for _, s := range c.settings() {
		if s.ok {
			continue
		}
		wrong = true
		p.Fail(check.Evidence{
			Rung: check.Found, Where: s.source.String(),
			Text:   fmt.Sprintf("container %s of %s: %s", c.spec.Name, c.w, s.text),
			Detail: &check.Detail{Location: &check.Location{File: s.source.File, Line: s.source.Line, Quote: s.quote}},
		})
	}
	if wrong {
		return
	}
	table := &check.Table{Columns: []string{"setting", "is"}}
	for _, s := range c.settings() {
		table.Rows = append(table.Rows, []string{s.name, s.text})
	}
	p.Show(check.Evidence{
		Rung: check.Found, Where: c.at().String(),
		Text:   fmt.Sprintf("container %s of %s is hardened, and its image pinned %s", c.spec.Name, c.w, c.pinned()),
		Detail: &check.Detail{Table: table},
	})
}

// judgeUser judges the image's own user, where no manifest is known that
// could set another.
func judgeUser(p *check.Pass, d *docker.Dockerfile) {
	if d != nil && d.User().Root() {
		p.Failf(check.Found, d.Source(d.User().Line).String(), "the image runs as %s; expected a numeric user other than 0", d.User().Value)
	}
}

// judgeBases judges what the image is built on.
func judgeBases(p *check.Pass, d *docker.Dockerfile) {
	final := d.Bases(true)
	for _, base := range final {
		how, ok := docker.ParseReference(base.Value).Pinned()
		if !ok {
			p.Failf(check.Found, d.Source(base.Line).String(), "the image is built on %s, which is not pinned: %s", base.Value, how)
			continue
		}
		p.Showf(check.Found, d.Source(base.Line).String(), "the image is built on %s, pinned %s", base.Value, how)
	}
	for _, base := range d.Bases(false) {
		tag := docker.ParseReference(base.Value)
		if !slices.Contains(final, base) && tag.Digest == "" && (tag.Tag == "" || tag.Tag == "latest") {
			p.Failf(check.Found, d.Source(base.Line).String(), "a stage is built on %s, which is another image every time", base.Value)
		}
	}
}

func hardeningPatch(p *check.Pass) string {
	workloads, err := kube.OfService(p.Set)
	if err != nil || len(workloads) == 0 {
		return ""
	}
	w := &workloads[0]
	return fmt.Sprintf(`# in the pod template of %s (%s)
spec:
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: %s   # and each other container
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
`, w, w.PodSource("spec"), w.Template.Spec.Containers[w.Main(p.Service().Name)].Name)
}
