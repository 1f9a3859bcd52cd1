package owners

import (
	"context"
	"path"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// Collector reads who owns a tree.
type Collector struct{}

// Name returns "owners".
func (Collector) Name() string { return "owners" }

// Collect returns a record per component and per rule of CODEOWNERS that
// decides about a file. The error is only ever that of ctx.
func (Collector) Collect(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	records := files.Each(ctx, t, isCatalog, func(f files.File) []evidence.Record {
		return parseCatalog(f.Path, f.Text)
	})
	for _, place := range places {
		if f := t.Lookup(place); f != nil && f.Skipped == "" {
			rules, problems := parseCodeowners(f.Path, string(f.Text))
			records = append(records, decide(ctx, f.Path, rules, t)...)
			records = append(records, problems...)
			break
		}
	}
	return records, ctx.Err()
}

func isCatalog(file string) bool {
	base := path.Base(file)
	return base == "catalog-info.yaml" || base == "catalog-info.yml"
}
