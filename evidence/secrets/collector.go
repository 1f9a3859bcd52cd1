package secrets

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// maxFindings bounds the records of one file, and those of the history: a
// file with more is a list of them, and the rest adds nothing.
const maxFindings = 50

// Collector searches a tree and its history for secrets.
type Collector struct{}

// Name returns "secrets".
func (Collector) Name() string { return "secrets" }

// Collect returns a record per secret, and one on the history. It runs git
// for up to 10 s where the directory lies in a git work tree. The error is
// that of ctx, or of golive's own rules.
func (Collector) Collect(ctx context.Context, t *files.Tree) ([]evidence.Record, error) {
	d, err := newDetector()
	if err != nil {
		return nil, err
	}
	seen := newMemory()
	records := files.Each(ctx, t, func(string) bool { return true }, func(f files.File) []evidence.Record {
		return treeFindings(f.Path, string(f.Text), d, seen)
	})
	records = append(records, searchHistory(ctx, t.Dir, d, seen)...)
	return records, ctx.Err()
}

func treeFindings(file, text string, d *detector, seen *memory) []evidence.Record {
	var records []evidence.Record
	for _, h := range d.scan(file, text, 1) {
		seen.add(h.secret)
		if len(records) < maxFindings {
			records = append(records, record(file, "", h))
		}
	}
	return records
}

func record(file, commit string, h hit) evidence.Record {
	at := evidence.Source{File: file, Line: h.line}
	return evidence.New(FindingKind, at, Finding{Rule: h.rule, What: h.what, Hint: hint(h.secret), Commit: commit, Aside: aside(file, h)})
}

// aside says why a hit of a rule by shape may be no secret.
func aside(file string, h hit) string {
	switch {
	case vague(h.rule) == 0:
		return ""
	case strings.Contains(h.text, "gitleaks:allow"):
		return "its line says gitleaks:allow"
	case testData(file):
		return "it lies among test data"
	}
	return ""
}

var testFolders = []string{"test", "tests", "testdata", "__tests__", "spec", "fixtures", "mock", "mocks", "e2e", "examples", "example"}

func testData(file string) bool {
	folders := strings.Split(path.Dir(file), "/")
	base := path.Base(file)
	stem := strings.TrimSuffix(base, path.Ext(base))
	return slices.ContainsFunc(folders, func(f string) bool { return slices.Contains(testFolders, f) }) ||
		strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, ".test") || strings.HasSuffix(stem, ".spec") ||
		strings.Contains(base, ".example") || strings.Contains(base, ".sample")
}
