package gate

import (
	"strings"
	"testing"

	"github.com/golive-dev/golive/check"
)

func verdict(outcomes map[string]check.Outcome) *check.Verdict {
	v := &check.Verdict{Schema: check.Schema}
	for id, o := range outcomes {
		v.Results = append(v.Results, check.Result{ID: id, Gate: check.GoLive, Outcome: o})
	}
	return v
}

func TestDecideCountsOnlyWhatHolds(t *testing.T) {
	for outcome, open := range map[check.Outcome]bool{
		check.Passed: true, check.NotApplicable: true, check.Accepted: true,
		check.Failed: false, check.Unknown: false, check.Stale: false,
	} {
		if got := Decide(verdict(map[string]check.Outcome{"a/b": outcome})); got.Open != open {
			t.Errorf("with outcome %s the gate is open: %t", outcome, got.Open)
		}
	}
}

func TestDecideIgnoresWhatIsNotDue(t *testing.T) {
	v := verdict(map[string]check.Outcome{"a/b": check.Failed})
	v.Results[0].Gate = check.FollowUp
	if !Decide(v).Open {
		t.Error("a follow-up closes the gate")
	}
}

func TestRatchetClosesOnlyOnWorse(t *testing.T) {
	base := verdict(map[string]check.Outcome{"a/fails": check.Failed, "a/unknown": check.Unknown, "a/passes": check.Passed})
	for name, tc := range map[string]struct {
		now  map[string]check.Outcome
		open bool
	}{
		"the same":             {map[string]check.Outcome{"a/fails": check.Failed, "a/unknown": check.Unknown, "a/passes": check.Passed}, true},
		"a pass lost":          {map[string]check.Outcome{"a/passes": check.Unknown}, false},
		"an unknown failing":   {map[string]check.Outcome{"a/unknown": check.Failed}, false},
		"a failure unknown":    {map[string]check.Outcome{"a/fails": check.Unknown}, true},
		"a new one that fails": {map[string]check.Outcome{"a/new": check.Failed}, true},
	} {
		if got := Ratchet(verdict(tc.now), base); got.Open != tc.open {
			t.Errorf("%s: the gate is open: %t", name, got.Open)
		}
	}
}

func TestReadBaselineRefusesOtherFiles(t *testing.T) {
	for _, text := range []string{"", "{}", `{"schema":"golive/v9"}`, "no json"} {
		if _, err := ReadBaseline(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read as a baseline", text)
		}
	}
}
