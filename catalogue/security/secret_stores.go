package security

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence/kube"
	"github.com/golive-dev/golive/evidence/secrets"
)

// mounted shows from which stores the workload's secrets come, or that it
// needs none. The error says which come from nowhere that a file shows.
func mounted(p *check.Pass, w *kube.Workload, objects []kube.Object) error {
	stores, orphans := mounts(w, objects)
	if len(orphans) > 0 {
		return fmt.Errorf("%s mounts Secret %s, and no file shows what fills it; add the ExternalSecret, SealedSecret or SOPS-encrypted Secret of that name to the repository",
			w, strings.Join(orphans, ", "))
	}
	if len(stores) > 0 {
		p.Showf(check.Found, w.PodSource("spec", "volumes").String(), "%s takes its secrets from %s", w, strings.Join(stores, " and "))
		return nil
	}
	if name := secretFile(w); name != "" {
		return fmt.Errorf("%s reads a secret from the file in %s, and no volume shows where that comes from; mount it from a store", w, name)
	}
	p.Showf(check.Found, w.Source().String(), "%s takes no secret: none in its environment, none mounted", w)
	return nil
}

// mounts returns the stores that the workload's volumes and annotations name,
// and the Secrets it mounts that nothing in the repository fills.
func mounts(w *kube.Workload, objects []kube.Object) (stores, orphans []string) {
	if w.Template.Annotations["vault.hashicorp.com/agent-inject"] == "true" {
		stores = append(stores, "Vault's injector")
	}
	for _, v := range w.Template.Spec.Volumes {
		if v.CSI != nil && v.CSI.Driver == "secrets-store.csi.k8s.io" {
			stores = append(stores, "the CSI secrets store ("+v.CSI.VolumeAttributes["secretProviderClass"]+")")
		}
		var names []string
		if v.Secret != nil {
			names = append(names, v.Secret.SecretName)
		}
		if v.Projected != nil {
			for _, source := range v.Projected.Sources {
				if source.Secret != nil {
					names = append(names, source.Secret.Name)
				}
			}
		}
		for _, name := range names {
			if by := filledBy(name, w, objects); by != "" {
				stores = append(stores, by)
			} else {
				orphans = append(orphans, name)
			}
		}
	}
	return stores, orphans
}

// filler is what is read of an object that fills a Secret.
type filler struct {
	Spec struct {
		Target struct {
			Name string `json:"name"`
		} `json:"target"` // ExternalSecret
		Template struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"template"` // SealedSecret
		Destination struct {
			Name string `json:"name"`
		} `json:"destination"` // Vault's operator
		SecretName string `json:"secretName"` // cert-manager
	} `json:"spec"`
}

// filledBy returns the object that fills the Secret called name, or "".
func filledBy(name string, w *kube.Workload, objects []kube.Object) string {
	for i := range objects {
		o := &objects[i]
		if kube.SameNamespace(o, &w.Object) && fills(o, name) {
			return fmt.Sprintf("%s (%s)", o, o.Source())
		}
	}
	return ""
}

func fills(o *kube.Object, name string) bool {
	var f filler
	if o.As(&f) != nil {
		return false
	}
	named := func(target string) bool { return target == name || target == "" && o.Name == name }
	switch o.Kind {
	case "ExternalSecret", "ClusterExternalSecret":
		return named(f.Spec.Target.Name)
	case "SealedSecret":
		return named(f.Spec.Template.Metadata.Name)
	case "VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret":
		return f.Spec.Destination.Name == name
	case "Certificate":
		return f.Spec.SecretName == name
	case "Secret", "SopsSecret":
		return o.Name == name && (o.Has("sops") || o.Kind == "Secret" && o.Has("metadata", "annotations", "avp.kubernetes.io/path"))
	}
	return false
}

var fileVariable = regexp.MustCompile(`(?i)^(.+)_(?:file|path)$`)

// secretFile returns the name of a variable that says in which file a secret
// lies, DB_PASSWORD_FILE, or "".
func secretFile(w *kube.Workload) string {
	for _, c := range containers(w) {
		for _, v := range c.Env {
			if m := fileVariable.FindStringSubmatch(v.Name); m != nil && secrets.SensitiveName(m[1]) {
				return v.Name
			}
		}
	}
	return ""
}
