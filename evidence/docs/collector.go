package docs

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// Collector reads every Markdown file of a tree.
type Collector struct{}

// Name returns "docs".
func (Collector) Name() string { return "docs" }

// Collect returns one record of kind [Kind] per Markdown file. The error is
// only ever that of ctx.
func (Collector) Collect(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	records := files.Each(ctx, t, IsDocument, func(f files.File) []evidence.Record {
		d, left := Parse(f.Text)
		records := []evidence.Record{evidence.New(Kind, evidence.Source{File: f.Path}, d)}
		if left > 0 {
			records = append(records, files.Problemf(f.Path, left, "the document is too long to be read whole: at most %d KiB, and %d KiB without a blank line", maxFile>>10, maxRun>>10))
		}
		return records
	})
	return records, ctx.Err()
}

// IsDocument reports whether the name of the file is one of Markdown.
func IsDocument(file string) bool {
	return slices.Contains([]string{".md", ".markdown", ".mdx"}, strings.ToLower(path.Ext(file)))
}
