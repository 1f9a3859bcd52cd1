package kube

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// Collector reads the Kubernetes objects of a tree. Helm templates are not
// rendered, and neither are Kustomize overlays; a problem says so, one for
// each chart and each overlay.
type Collector struct{}

// Name returns "kube".
func (Collector) Name() string { return "kube" }

// Collect returns a record of kind [ObjectKind] for each object.
func (Collector) Collect(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	charts := charts(t)
	match := func(p string) bool { return manifest(p) && chartOf(charts, p) == "" }
	records := files.Each(ctx, t, match, parse)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	records = append(records, unread(t)...)
	records = append(records, unrendered(t, charts)...)
	return kustomized(t, records), nil
}

func manifest(p string) bool {
	switch path.Ext(p) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// unread names the manifests whose text the tree does not hold.
func unread(t *files.Tree) []evidence.Record {
	var problems []evidence.Record
	for _, f := range t.Files {
		if f.Skipped != "" && f.Skipped != "symlink" && manifest(f.Path) && len(problems) < 20 {
			problems = append(problems, files.Problemf(f.Path, 0, "not searched for Kubernetes objects: %s", f.Skipped))
		}
	}
	return problems
}

// charts returns the directories that hold a Helm chart.
func charts(t *files.Tree) []string {
	var dirs []string
	for _, f := range t.Files {
		if f.Base() == "Chart.yaml" {
			dirs = append(dirs, path.Dir(f.Path))
		}
	}
	return dirs
}

// chartOf returns the chart whose template p is, or "".
func chartOf(charts []string, p string) string {
	i := slices.IndexFunc(charts, func(dir string) bool {
		return strings.HasPrefix(p, path.Join(dir, "templates")+"/")
	})
	if i < 0 {
		return ""
	}
	return charts[i]
}

// unrendered names the charts that have templates.
func unrendered(t *files.Tree, charts []string) []evidence.Record {
	templates := map[string]int{}
	for _, f := range t.Files {
		if chart := chartOf(charts, f.Path); chart != "" && manifest(f.Path) {
			templates[chart]++
		}
	}
	var problems []evidence.Record
	for _, chart := range charts {
		if n := templates[chart]; n > 0 {
			problems = append(problems, files.Problemf(path.Join(chart, "Chart.yaml"), 0,
				"the templates of this Helm chart (%d) are not rendered yet, so nothing in them counts; keep what helm template %s prints in the repository to have it judged",
				n, chart))
		}
	}
	return problems
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
