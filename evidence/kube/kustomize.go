package kube

import (
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// kustomization is what matters of a kustomization.yaml: which files it takes
// as objects, and which change them.
type kustomization struct {
	Resources []string `yaml:"resources"`
	Bases     []string `yaml:"bases"`
	Patches   []struct {
		Path string `yaml:"path"`
	} `yaml:"patches"`
	StrategicMerge []string         `yaml:"patchesStrategicMerge"`
	JSON6902       []map[string]any `yaml:"patchesJson6902"`
	Images         []map[string]any `yaml:"images"`
	Replicas       []map[string]any `yaml:"replicas"`
	Components     []string         `yaml:"components"`
}

func (k kustomization) changesObjects() bool {
	return len(k.Patches)+len(k.StrategicMerge)+len(k.JSON6902)+len(k.Images)+len(k.Replicas)+len(k.Components) > 0
}

// overlays are the kustomizations of a tree.
type overlays struct {
	byDir   map[string]kustomization
	files   map[string]string // the kustomization.yaml of a directory
	dirs    []string          // in the order of their paths
	patches map[string]bool   // files that are patches, and so no objects of their own
	changed map[string]string // files whose objects are changed, and by which kustomization.yaml
}

// kustomized marks the objects that overlays change, takes out what is only a
// patch – it repeats the kind and name of an object and a few of its fields,
// so judged by itself it would lack everything – and adds a problem for each
// overlay.
func kustomized(t *files.Tree, records []evidence.Record) []evidence.Record {
	o := readOverlays(t)
	for _, dir := range o.dirs {
		if !o.byDir[dir].changesObjects() {
			continue
		}
		o.follow(dir, o.files[dir], map[string]bool{})
		records = append(records, files.Problemf(o.files[dir], 0,
			"what this Kustomize overlay changes is not rendered yet; keep what kustomize build %s prints in the repository to have it judged", dir))
	}
	for i, r := range records {
		if object, ok := r.Data.(Object); ok && o.changed[object.File] != "" {
			object.ChangedBy = o.changed[object.File]
			records[i].Data = object
		}
	}
	return slices.DeleteFunc(records, func(r evidence.Record) bool {
		return r.Kind == ObjectKind && o.patches[r.Source.File]
	})
}

func readOverlays(t *files.Tree) *overlays {
	o := &overlays{byDir: map[string]kustomization{}, files: map[string]string{}, patches: map[string]bool{}, changed: map[string]string{}}
	for _, f := range t.Files {
		if !slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, f.Base()) {
			continue
		}
		var k kustomization
		// What is no kustomization after all has been told as bad YAML.
		if f.Skipped != "" || yaml.Unmarshal(f.Text, &k) != nil {
			continue
		}
		dir := path.Dir(f.Path)
		o.byDir[dir], o.files[dir] = k, f.Path
		o.dirs = append(o.dirs, dir)
		for _, p := range k.Patches {
			o.patches[path.Join(dir, p.Path)] = true
		}
		for _, p := range k.StrategicMerge {
			o.patches[path.Join(dir, p)] = true
		}
	}
	return o
}

// follow marks the files that the kustomization in dir takes as resources, and
// those that the kustomizations among its resources take.
func (o *overlays) follow(dir, changer string, seen map[string]bool) {
	if seen[dir] {
		return
	}
	seen[dir] = true
	k := o.byDir[dir]
	for _, resource := range slices.Concat(k.Resources, k.Bases) {
		at := path.Join(dir, resource)
		if o.files[at] != "" {
			o.follow(at, changer, seen)
		} else if o.changed[at] == "" {
			o.changed[at] = changer
		}
	}
}
