package security

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/docker"
	"github.com/golive-dev/golive/evidence/files"
	"github.com/golive-dev/golive/evidence/kube"
	"github.com/golive-dev/golive/evidence/secrets"
)

var _ = check.Register(check.Check{
	ID:    "security/secrets-storage",
	Title: "No secret lies open, and what the service needs is mounted from a store",
	Why: `A secret in a repository is known to everybody who ever cloned it, one in an image to
everybody who can pull it, and one in the environment to every child process, crash report
and debug page. None of them can be rotated without a deployment, so none of them is.`,
	Gate:  check.GoLive,
	Needs: check.Found,
	How: `gitleaks' rules and two of golive's own (a password under its key, a password in an address)
search every text file and the git history of the directory. Placeholders, checksums, lock
files and encrypted files are no findings; what only looks like a secret and lies among test
data is set aside and counted. In the manifests, no container may have a secret in env – in
plain text or by secretKeyRef – or in envFrom, no Secret may lie there unencrypted, and no
Dockerfile may set one by ENV or ARG. The workload's secrets must come from a store: a CSI
volume, Vault's injector, or a Secret that an ExternalSecret, SealedSecret or SOPS fills;
or it needs none.`,
	Reads: []evidence.Kind{secrets.FindingKind, secrets.HistoryKind, kube.ObjectKind, docker.DockerfileKind, files.SummaryKind},
	Judge: judgeSecrets,
	Remedy: check.Remedy{Text: `Rotate what was open: removing it from the files does not take it back. Put the new one into a
central store (Vault, a cloud's secret manager, or encrypted with SOPS or as a SealedSecret),
mount it as a file – an ExternalSecret and a volume, or the CSI driver – and read it from
there, again and again, so that rotation needs no deployment.`},
})

func judgeSecrets(p *check.Pass) error {
	objects := kube.Objects(p.Set)
	plainSecrets(p, objects)
	images(p)
	workloads, err := kube.Workloads(objects, p.Service().Name)
	var undecided []error
	if err != nil {
		undecided = append(undecided, err)
	}
	for i := range workloads {
		if !inEnvironment(p, &workloads[i]) {
			undecided = append(undecided, mounted(p, &workloads[i], objects))
		}
	}
	undecided = append(undecided, scanned(p, objects))
	return errors.Join(undecided...)
}

// plainSecrets fails on each Secret that holds values anybody can read.
func plainSecrets(p *check.Pass, objects []kube.Object) {
	for i := range objects {
		o := &objects[i]
		if keys := openKeys(o); len(keys) > 0 {
			p.Failf(check.Found, o.Source().String(), "Secret %s lies in the repository unencrypted, with %s; base64 is no encryption", o.Name, strings.Join(keys, ", "))
		}
	}
}

// openKeys returns the keys of a Secret whose values stand in the file. Those
// that SOPS encrypted do not, nor those that are filled in when it is applied.
func openKeys(o *kube.Object) []string {
	if o.Kind != "Secret" || o.Group() != "" || o.Has("sops") {
		return nil
	}
	var secret struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Data       map[string]any `json:"data"`
		StringData map[string]any `json:"stringData"`
	}
	if o.As(&secret) != nil || secret.Metadata.Annotations["avp.kubernetes.io/path"] != "" {
		return nil
	}
	var keys []string
	for _, values := range []map[string]any{secret.Data, secret.StringData} {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			// kube leaves out a Secret's values, save templates and nothing.
			if text, ok := values[key].(string); ok && !secrets.Placeholder(text) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// images fails on each Dockerfile that sets a variable with a telling name.
func images(p *check.Pass) {
	for _, d := range evidence.All[docker.Dockerfile](p.Set, docker.DockerfileKind) {
		for _, stage := range d.Data.Stages {
			for _, v := range stage.Env {
				if !secrets.SensitiveName(v.Name) || v.Empty && !v.Arg {
					continue
				}
				word, reach := "ENV", "everybody who can pull the image can read it"
				if v.Arg {
					word, reach = "ARG", "what is passed stays in the image's history; use RUN --mount=type=secret"
				}
				p.Failf(check.Found, d.Data.Source(v.Line).String(), "%s %s puts a secret into the image: %s", word, v.Name, reach)
			}
		}
	}
}

// inEnvironment fails on each secret in the environment of the workload's
// containers, and reports whether there is any.
func inEnvironment(p *check.Pass, w *kube.Workload) bool {
	found := false
	for _, c := range containers(w) {
		for i, v := range c.Env {
			if text := open(v); text != "" {
				found = true
				p.Failf(check.Found, w.ContainerSource(c.field, c.index, "env", fmt.Sprint(i)).String(), "container %s: %s %s", c.Name, v.Name, text)
			}
		}
		for i, from := range c.EnvFrom {
			if from.SecretRef != nil {
				found = true
				p.Failf(check.Found, w.ContainerSource(c.field, c.index, "envFrom", fmt.Sprint(i)).String(),
					"container %s: envFrom puts every key of Secret %s into the environment; mount it as a volume", c.Name, from.SecretRef.Name)
			}
		}
	}
	return found
}

// container is a container and its place in the pod template.
type container struct {
	corev1.Container
	field string
	index int
}

func containers(w *kube.Workload) []container {
	var all []container
	for i, c := range w.Template.Spec.InitContainers {
		all = append(all, container{c, "initContainers", i})
	}
	for i, c := range w.Template.Spec.Containers {
		all = append(all, container{c, "containers", i})
	}
	return all
}

// open says how a variable holds a secret, and nothing when it does not.
func open(v corev1.EnvVar) string {
	switch {
	case v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil:
		ref := v.ValueFrom.SecretKeyRef
		return fmt.Sprintf("puts key %s of Secret %s into the environment; mount it as a file", ref.Key, ref.Name)
	case v.ValueFrom != nil:
		return ""
	case secrets.PasswordIn(v.Value) != "":
		return "holds an address with a password in it, in plain text"
	case secrets.Literal(v.Name, v.Value):
		return "holds a secret in plain text"
	}
	return ""
}

// scanned fails on each secret that the search found, and shows how far it
// came. What a typed object says already is not said again.
func scanned(p *check.Pass, objects []kube.Object) error {
	set := aside{}
	for _, f := range evidence.All[secrets.Finding](p.Set, secrets.FindingKind) {
		switch {
		case f.Data.Aside != "":
			set[f.Data.Aside]++
		case f.Data.Commit != "":
			p.Failf(check.Found, fmt.Sprintf("%s in commit %s", f.Source, f.Data.Commit), "%s (%s, %s) is not in the tree any more, but in the history for everybody who clones it: rotate it",
				f.Data.What, f.Data.Rule, f.Data.Hint)
		case f.Data.Rule != "kubernetes-secret-yaml" || !slices.ContainsFunc(objects, func(o kube.Object) bool { return o.File == f.Source.File && openKeys(&o) != nil }):
			p.Fail(check.Evidence{Rung: check.Found, Where: f.Source.String(), Text: fmt.Sprintf("%s (%s, %s)", f.Data.What, f.Data.Rule, f.Data.Hint),
				Detail: &check.Detail{Location: &check.Location{File: f.Source.File, Line: f.Source.Line, Quote: f.Data.Hint}}})
		}
	}
	history := evidence.All[secrets.History](p.Set, secrets.HistoryKind)
	summary := evidence.All[files.Summary](p.Set, files.SummaryKind)
	if len(history) == 0 || len(summary) == 0 {
		return errors.New("the repository was not searched for secrets; run golive review on its directory")
	}
	if !p.Failed() {
		p.Showf(check.Found, "the repository", "%d files hold no open secret%s%s; %s", summary[0].Data.Files, unread(summary[0].Data), set, history[0].Data.Text)
	}
	return nil
}

// aside counts findings that were set aside, by reason.
type aside map[string]int

func (a aside) String() string {
	var b strings.Builder
	for _, reason := range slices.Sorted(maps.Keys(a)) {
		fmt.Fprintf(&b, "; %d set aside since %s", a[reason], reason)
	}
	return b.String()
}

// unread says how many files' text was not searched because of a bound or an
// error. Binary files and links have none to search.
func unread(s files.Summary) string {
	n := 0
	for reason, count := range s.Skipped {
		if reason != "binary" && reason != "symlink" {
			n += count
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d were too large or unreadable and not searched)", n)
}
