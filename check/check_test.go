package check

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
)

// whole returns a check that lacks nothing.
func whole() Check {
	return Check{
		ID: "resilience/timeouts", Title: "Every call ends", Why: "One that hangs ties up a worker.",
		Gate: FollowUp, Needs: Proven, How: "The drill hang lets each hang.",
		Reads:  []evidence.Kind{evidence.Recorded("hang")},
		Judge:  func(*Pass) error { return nil },
		Remedy: Remedy{Text: "Give every call a deadline."},
	}
}

func TestValidate(t *testing.T) {
	c := whole()
	if err := c.Validate(); err != nil {
		t.Errorf("a whole check: %v", err)
	}
	for want, spoil := range map[string]func(*Check){
		"an ID of the form section/name": func(c *Check) { c.ID = "Timeouts" },
		"a title":                        func(c *Check) { c.Title = "" },
		"a reason why it matters":        func(c *Check) { c.Why = "" },
		"a text on how it is judged":     func(c *Check) { c.How = "" },
		"a gate":                         func(c *Check) { c.Gate = "someday" },
		"a rung that it needs":           func(c *Check) { c.Needs = None },
		"the kinds of evidence":          func(c *Check) { c.Reads = nil },
		"a judgement":                    func(c *Check) { c.Judge = nil },
		"a remedy":                       func(c *Check) { c.Remedy.Text = "" },
	} {
		c := whole()
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: %v", want, err)
		}
	}
	if err := (&Check{}).Validate(); err == nil || strings.Count(err.Error(), ",") != 8 {
		t.Errorf("an empty check lacks nine things, told at once: %v", err)
	}
}

func TestIDs(t *testing.T) {
	for id, valid := range map[string]bool{
		"resilience/timeouts": true, "observability/log-trace-correlation": true,
		"": false, "timeouts": false, "a/b/c": false, "a/": false, "a/-b": false, "a/b_c": false, "A/b": false, "a/b2": false, " a/b": false,
	} {
		c := whole()
		c.ID = id
		if err := c.Validate(); (err == nil) != valid {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestSectionAndDrills(t *testing.T) {
	c := whole()
	c.Reads = []evidence.Kind{"kube/object", evidence.Recorded("down"), evidence.Recorded("hang"), "recordings/none"}
	if got := c.Drills(); c.Section() != "resilience" || !slices.Equal(got, []string{"down", "hang"}) {
		t.Errorf("section %s, drills %v", c.Section(), got)
	}
}

func TestTiers(t *testing.T) {
	for _, test := range []struct {
		tier       int
		gate, want Gate
		rung, need Rung
	}{
		{0, FollowUp, FollowUp, Proven, Proven}, // not stated
		{1, FollowUp, GoLive, Proven, Proven},
		{1, Advised, Advised, Found, Found},
		{1, GoLive, GoLive, Declared, Declared},
		{2, FollowUp, FollowUp, Proven, Proven},
		{3, FollowUp, FollowUp, Proven, Observed},
		{3, GoLive, GoLive, Observed, Observed},
		{3, GoLive, GoLive, Found, Found},
	} {
		if got, need := test.gate.ForTier(test.tier), test.rung.ForTier(test.tier); got != test.want || need != test.need {
			t.Errorf("tier %d: %s becomes %s, %s becomes %s", test.tier, test.gate, got, test.rung, need)
		}
	}
}

func TestRungsAsText(t *testing.T) {
	for rung, want := range map[Rung]string{None: `{"r":""}`, Declared: `{"r":"declared"}`, Found: `{"r":"found"}`, Observed: `{"r":"observed"}`, Proven: `{"r":"proven"}`} {
		type one struct {
			R Rung `json:"r"`
		}
		text, err := json.Marshal(one{rung})
		if err != nil || string(text) != want {
			t.Errorf("%s is written %s (%v)", rung, text, err)
		}
		var back one
		if err := json.Unmarshal(text, &back); err != nil || back.R != rung {
			t.Errorf("%s is read as %s (%v)", text, back.R, err)
		}
	}
	var r Rung
	if err := r.UnmarshalText([]byte("certain")); err == nil || !strings.Contains(err.Error(), "declared, found, observed and proven") {
		t.Errorf("certain is no rung: %v", err)
	}
}
