package security

import (
	"strings"
	"testing"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
	"github.com/golive-dev/golive/evidence/secrets"
)

func judgedSecrets(t *testing.T, records ...evidence.Record) check.Result {
	t.Helper()
	for _, c := range check.Registered() {
		if c.ID != "security/secrets-storage" {
			continue
		}
		req := check.Requirement{ID: c.ID, Title: c.Title, Gate: c.Gate, Needs: c.Needs, How: c.How, Check: c}
		v, err := check.Judge(evidence.NewSet(nil, evidence.Build{}, records), []check.Requirement{req}, check.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return v.Results[0]
	}
	t.Fatal("security/secrets-storage is not registered")
	return check.Result{}
}

// A txtar has no git history, so the findings in one are made here.
func TestSecretInHistoryFails(t *testing.T) {
	r := judgedSecrets(t,
		evidence.New(files.SummaryKind, evidence.Source{}, files.Summary{Files: 3}),
		evidence.New(secrets.FindingKind, evidence.Source{File: "config.yaml", Line: 3},
			secrets.Finding{Rule: "github-pat", What: "a GitHub token", Hint: "ghp… (40 characters)", Commit: "3f2a91c"}),
		evidence.New(secrets.HistoryKind, evidence.Source{File: "."}, secrets.History{State: secrets.HistoryWhole, Commits: 3, Text: "3 commits were searched"}),
	)
	if r.Outcome != check.Failed || r.Evidence[0].Where != "config.yaml:3 in commit 3f2a91c" || !strings.Contains(r.Reason, "rotate it") {
		t.Errorf("%s: %s at %s", r.Outcome, r.Reason, r.Evidence[0].Where)
	}
}

// Without the search there is nothing to pass on.
func TestUnsearchedRepositoryIsUnknown(t *testing.T) {
	r := judgedSecrets(t)
	if r.Outcome != check.Unknown || !strings.Contains(r.Reason, "was not searched") {
		t.Errorf("%s: %s", r.Outcome, r.Reason)
	}
}
