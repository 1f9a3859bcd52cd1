// Package owners collects who a repository says owns it: Backstage's
// catalog-info.yaml and CODEOWNERS.
package owners

import (
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// The kinds of records that the collector emits, with the type of their data.
const (
	// ComponentKind is a Component of a catalog-info.yaml, at the line of
	// its owner: a [Component].
	ComponentKind evidence.Kind = "owners/component"
	// CodeKind is a rule of CODEOWNERS that decides about at least one file:
	// a [Code].
	CodeKind evidence.Kind = "owners/code"
)

// Component is a software component of Backstage's catalogue.
type Component struct {
	Name  string `json:"name"`
	Owner string `json:"owner,omitempty"` // an entity reference: "team", "group:default/team"
}

// Code is a rule of CODEOWNERS. Of several that match a file the last one
// decides; a rule without owners takes them away.
type Code struct {
	Pattern string   `json:"pattern"`
	Owners  []string `json:"owners,omitempty"` // "@org/team", "@user", "user@company"
	Example string   `json:"example"`          // the first file, by path, that it decides
	Spec    bool     `json:"spec,omitempty"`   // it decides golive.yaml
	Most    bool     `json:"most,omitempty"`   // no other rule decides more files
}

// Team reduces a reference to an owner to the name of the team, so that the
// spellings of different tools can be compared: "@org/Commerce",
// "group:default/commerce-team" and "Team Commerce" are all "commerce".
func Team(reference string) string {
	s := strings.ToLower(strings.TrimSpace(reference))
	s = strings.TrimPrefix(s, "@")
	if i := strings.LastIndexAny(s, "/:"); i >= 0 {
		s = s[i+1:]
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '_' || r == '-' })
	if rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "team" || w == "squad" }); len(rest) > 0 {
		words = rest
	}
	return strings.Join(words, "-")
}
