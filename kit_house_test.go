package golive_test

import (
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/golive-dev/golive/catalogue"
)

// kitPages returns the package comment of each package of kit that others may
// import, by its directory.
func kitPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, path := range files(t, func(path string) bool {
		return strings.HasPrefix(path, "kit/") && isSource(path) && !strings.Contains(path, "/internal/")
	}) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		if dir := filepath.Dir(path); file.Doc != nil {
			pages[dir] += file.Doc.Text()
		} else if _, ok := pages[dir]; !ok {
			pages[dir] = ""
		}
	}
	return pages
}

var requirementsLine = regexp.MustCompile(`(?s)Requirements: (.*)$`)

// Each page of kit ends with the requirements that the package serves, and
// says what it is for in its first sentence. The README repeats both.
func TestEveryPackageOfKitNamesTheRequirementsThatItServes(t *testing.T) {
	known := map[string]bool{}
	for _, r := range catalogue.Requirements() {
		known[r.ID] = true
	}
	readme := string(read(t, "kit/README.md"))
	for dir, page := range kitPages(t) {
		m := requirementsLine.FindStringSubmatch(page)
		if m == nil {
			t.Errorf("%s: its package comment has no line Requirements: at its end", dir)
			continue
		}
		if (&doc.Package{}).Synopsis(page) == "" {
			t.Errorf("%s: its package comment has no first sentence", dir)
		}
		var ids []string
		for _, id := range strings.Split(strings.Join(strings.Fields(m[1]), " "), ",") {
			ids = append(ids, strings.TrimSuffix(strings.TrimSpace(id), "."))
		}
		for _, id := range ids {
			if !known[id] {
				t.Errorf("%s: the standard has no requirement %q", dir, id)
			}
		}
		slices.Sort(ids)
		row := regexp.MustCompile("(?m)^\\| `" + strings.TrimPrefix(dir, "kit/") + "` \\| .* \\| " + strings.Join(ids, ", ") + " \\|$")
		if !row.MatchString(readme) {
			t.Errorf("kit/README.md has no row that fits %s", row)
		}
	}
}
