// Package secrets collects secrets that lie open: in the files of a
// repository, found by gitleaks' rules and two of our own, and in its git
// history. The secrets themselves never become evidence.
package secrets

import (
	"fmt"
	"strings"

	"github.com/golive-dev/golive/evidence"
)

// The kinds of records that the collector emits, with the type of their data.
const (
	FindingKind evidence.Kind = "secrets/finding" // Finding, at its file and line
	HistoryKind evidence.Kind = "secrets/history" // History, one record
)

// Finding is a secret that lies open. It does not hold the secret.
type Finding struct {
	Rule   string `json:"rule"`             // the rule's id: "aws-access-token"
	What   string `json:"what"`             // what the rule finds
	Hint   string `json:"hint"`             // the first characters, to find it by
	Commit string `json:"commit,omitempty"` // in which it was added; empty when it is in the tree
	// Aside says why the finding may be none: it lies among test data, or
	// its line says gitleaks:allow. Only rules that match by shape, not by a
	// provider's own format, are set aside.
	Aside string `json:"aside,omitempty"`
}

// History says how much of the git history was searched.
type History struct {
	State   HistoryState `json:"state"`
	Commits int          `json:"commits,omitempty"` // searched, that touch the directory
	Text    string       `json:"text"`              // the state in words, with its reason
}

// HistoryState is how much of a history could be searched.
type HistoryState string

// The states of a history.
const (
	HistoryWhole   HistoryState = "whole"
	HistoryPartial HistoryState = "partial" // a bound was hit
	HistoryShallow HistoryState = "shallow" // older commits were not cloned
	HistoryMissing HistoryState = "missing" // no git work tree, or no git
)

// hint shows enough of a secret to find it and not enough to use it: a
// quarter of it, at most three characters.
func hint(secret string) string {
	secret = strings.TrimSpace(secret)
	n := min(3, len(secret)/4)
	return fmt.Sprintf("%s… (%d characters)", strings.ToValidUTF8(secret[:n], ""), len(secret))
}
