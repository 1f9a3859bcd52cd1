// Package catalogue is the standard: every requirement, and the check of each
// that has one.
//
// A check lives in catalogue/<section>/<name>.go and registers itself; its
// fixtures lie beside it in testdata/<name>.txtar. No file lists the checks,
// so adding a requirement is adding these two.
package catalogue

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"

	_ "github.com/golive-dev/golive/catalogue/alerting"
	_ "github.com/golive-dev/golive/catalogue/data"
	_ "github.com/golive-dev/golive/catalogue/deployment"
	_ "github.com/golive-dev/golive/catalogue/launch"
	_ "github.com/golive-dev/golive/catalogue/observability"
	_ "github.com/golive-dev/golive/catalogue/ownership"
	_ "github.com/golive-dev/golive/catalogue/resilience"
	_ "github.com/golive-dev/golive/catalogue/scaling"
	_ "github.com/golive-dev/golive/catalogue/security"
	_ "github.com/golive-dev/golive/catalogue/testing"
)

//go:embed standard.md
var standard string

// Version is the version of the standard that this build carries.
var Version = version(standard)

// Requirements returns the standard: the rows of standard.md, in their
// order, joined with the registered checks, and then the checks that
// have no row.
func Requirements() []check.Requirement {
	reqs := rows(standard)
	checks := map[string]*check.Check{}
	for _, c := range check.Registered() {
		checks[c.ID] = c
	}
	for i := range reqs {
		if c := checks[reqs[i].ID]; c != nil {
			reqs[i] = from(c)
			delete(checks, c.ID)
		}
	}
	for _, c := range check.Registered() {
		if checks[c.ID] != nil {
			reqs = insert(reqs, from(c))
		}
	}
	return reqs
}

// insert puts r behind the last requirement of its section.
func insert(reqs []check.Requirement, r check.Requirement) []check.Requirement {
	section, _, _ := strings.Cut(r.ID, "/")
	at := len(reqs)
	for i := range reqs {
		if strings.HasPrefix(reqs[i].ID, section+"/") {
			at = i + 1
		}
	}
	return slices.Insert(reqs, at, r)
}

func from(c *check.Check) check.Requirement {
	return check.Requirement{ID: c.ID, Title: c.Title, Gate: c.Gate, Needs: c.Needs, How: c.How, Check: c}
}

// Select returns the requirements that names – IDs and sections – pick, or an
// error that names what picks nothing. No names pick all.
func Select(reqs []check.Requirement, names []string) ([]check.Requirement, error) {
	if len(names) == 0 {
		return reqs, nil
	}
	var picked []check.Requirement
	hit := map[string]bool{}
	for _, r := range reqs {
		section, _, _ := strings.Cut(r.ID, "/")
		if slices.Contains(names, r.ID) || slices.Contains(names, section) {
			picked = append(picked, r)
			hit[r.ID], hit[section] = true, true
		}
	}
	for _, name := range names {
		if !hit[name] {
			return nil, fmt.Errorf("%q is no requirement and no section of the standard; golive list shows them", name)
		}
	}
	return picked, nil
}
