package catalogue

import (
	"strings"
	"testing"

	"github.com/golive-dev/golive/check"
)

// The number of rows keeps a slip in a table, which would silently lose a
// requirement, from going unseen.
func TestStandardIsReadWhole(t *testing.T) {
	reqs := rows(standard)
	lines := 0
	for line := range strings.Lines(standard) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| id ") {
			lines++
		}
	}
	if len(reqs) != lines || lines < 80 {
		t.Fatalf("read %d requirements from %d rows", len(reqs), lines)
	}
	seen := map[string]bool{}
	for _, r := range reqs {
		if seen[r.ID] {
			t.Errorf("%s stands twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || r.How == "" || r.Needs == check.None {
			t.Errorf("%s lacks a title, a how or a rung: %+v", r.ID, r)
		}
	}
	if Version == "" {
		t.Error("the standard has no version")
	}
}

// A check may not ask for less than its row of the standard.
func TestChecksAgreeWithTheStandard(t *testing.T) {
	byID := map[string]check.Requirement{}
	for _, r := range rows(standard) {
		byID[r.ID] = r
	}
	for _, c := range check.Registered() {
		row, listed := byID[c.ID]
		if listed && (row.Gate != c.Gate || row.Needs != c.Needs) {
			t.Errorf("%s: the check says %s and %s, the standard %s and %s", c.ID, c.Gate, c.Needs, row.Gate, row.Needs)
		}
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
}
