package rules

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// Collector reads the rules of a tree.
type Collector struct{}

// Name returns "rules".
func (Collector) Name() string { return "rules" }

// Collect returns a record per rule. The error is only ever that of ctx.
func (Collector) Collect(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	records := files.Each(ctx, t, isYAML, func(f files.File) []evidence.Record {
		if !mayHoldRules(f.Text) {
			return nil
		}
		return Parse(f.Path, f.Text)
	})
	return records, ctx.Err()
}

func isYAML(file string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".rules"}, strings.ToLower(path.Ext(file)))
}

// mayHoldRules spares the parsing of most YAML: both keys are in every rule
// file.
func mayHoldRules(text []byte) bool {
	return bytes.Contains(text, []byte("groups")) && bytes.Contains(text, []byte("rules")) && bytes.Contains(text, []byte("expr"))
}
