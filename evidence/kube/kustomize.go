package kube

import (
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// kustomization is what matters of a kustomization.yaml: the files in it that
// are patches, and so no objects of their own.
type kustomization struct {
	Patches []struct {
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

// kustomized takes the patches of Kustomize overlays out of records: a patch
// repeats the kind and name of an object and holds a few of its fields, so
// judged by itself it would lack everything. A problem names each overlay
// that changes objects.
func kustomized(t *files.Tree, records []evidence.Record) []evidence.Record {
	patches := map[string]bool{}
	for _, f := range t.Files {
		if !slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, f.Base()) || f.Skipped != "" {
			continue
		}
		var k kustomization
		// What is no kustomization after all has been told as bad YAML.
		if yaml.Unmarshal(f.Text, &k) != nil || !k.changesObjects() {
			continue
		}
		dir := path.Dir(f.Path)
		for _, p := range k.Patches {
			patches[path.Join(dir, p.Path)] = true
		}
		for _, p := range k.StrategicMerge {
			patches[path.Join(dir, p)] = true
		}
		records = append(records, files.Problemf(f.Path, 0,
			"what this Kustomize overlay changes is not rendered yet: objects are judged as their files have them; keep what kustomize build %s prints beside it to have that judged", dir))
	}
	return slices.DeleteFunc(records, func(r evidence.Record) bool {
		return r.Kind == ObjectKind && patches[r.Source.File]
	})
}
