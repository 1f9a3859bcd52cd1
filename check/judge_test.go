package check

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var built = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func setOf(s *service.Service) *evidence.Set {
	return evidence.NewSet(s, evidence.Build{At: built}, nil)
}

// require makes a requirement that is judged by judge.
func require(id string, judge func(p *Pass) error, after ...string) Requirement {
	c := whole()
	c.ID, c.Judge, c.After, c.Gate = id, judge, after, GoLive
	return Requirement{ID: id, Title: c.Title, Gate: c.Gate, Needs: c.Needs, How: c.How, Check: &c}
}

func verdictOf(t *testing.T, reqs ...Requirement) *Verdict {
	t.Helper()
	v, err := Judge(setOf(&service.Service{Name: "orders"}), reqs, Options{Now: built})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func passing(p *Pass) error { p.Showf(Proven, "drill", "it held"); return nil }
func failing(p *Pass) error { p.Failf(Proven, "drill", "it broke"); return nil }

func TestOutcomes(t *testing.T) {
	unsure := errors.New("the drill has not run")
	for name, test := range map[string]struct {
		judge   func(p *Pass) error
		outcome Outcome
		reason  string
		reached Rung
	}{
		"shown":                {passing, Passed, "it held", Proven},
		"failed":               {failing, Failed, "it broke", Proven},
		"nothing":              {func(*Pass) error { return nil }, Unknown, "no evidence", None},
		"undecided":            {func(*Pass) error { return unsure }, Unknown, "the drill has not run", None},
		"shown in part":        {func(p *Pass) error { _ = passing(p); return unsure }, Unknown, "the drill has not run", Proven},
		"failed in part":       {func(p *Pass) error { _ = failing(p); return unsure }, Failed, "it broke", Proven},
		"shown and failed":     {func(p *Pass) error { _ = passing(p); _ = failing(p); return nil }, Failed, "it broke", Proven},
		"weaker than needed":   {func(p *Pass) error { p.Showf(Found, "a.yaml:1", "it is set"); return nil }, Unknown, "only found so far; it must be proven", Found},
		"strong beside weak":   {func(p *Pass) error { p.Showf(Declared, "", "said"); return passing(p) }, Passed, "said", Proven},
		"not applicable":       {func(p *Pass) error { p.NotApplicable("no database"); return nil }, NotApplicable, "no database", None},
		"n/a, or not known":    {func(p *Pass) error { p.NotApplicable("no database"); return unsure }, Unknown, "the drill has not run", None},
		"n/a, and wrong":       {func(p *Pass) error { p.NotApplicable("no database"); return failing(p) }, Failed, "it broke", Proven},
		"undecided for each":   {func(*Pass) error { return errors.Join(unsure, nil, unsure, errors.New("nor that")) }, Unknown, "the drill has not run\nnor that", None},
		"a weak sign of wrong": {func(p *Pass) error { p.Failf(Declared, "golive.yaml:3", "it is off"); return nil }, Failed, "it is off", Declared},
	} {
		r := verdictOf(t, require("a/x", test.judge)).Results[0]
		if r.Outcome != test.outcome || r.Reason != test.reason || r.Reached != test.reached {
			t.Errorf("%s: %s, %q, %s", name, r.Outcome, r.Reason, r.Reached)
		}
		if r.Evidence == nil {
			t.Errorf("%s: the evidence is null in JSON", name)
		}
	}
}

func TestWhatIsWrongComesFirst(t *testing.T) {
	r := verdictOf(t, require("a/x", func(p *Pass) error {
		p.Showf(Proven, "", "1")
		p.Failf(Proven, "", "2")
		p.Showf(Proven, "", "3")
		p.Failf(Proven, "", "4")
		return nil
	})).Results[0]
	var order []string
	for _, e := range r.Evidence {
		order = append(order, e.Text)
	}
	if got := strings.Join(order, ""); got != "2413" {
		t.Errorf("the evidence is in the order %s", got)
	}
}

func TestSilence(t *testing.T) {
	v := verdictOf(t,
		require("a/cause", failing),
		require("a/effect", failing, "a/cause"),
		require("a/effect-of-effect", failing, "a/effect"),
		require("a/held-anyway", passing, "a/cause"),
		require("a/another-matter", failing, "a/held-anyway", "a/not-there"),
	)
	want := []Outcome{Failed, Unknown, Unknown, Passed, Failed}
	for i, r := range v.Results {
		if r.Outcome != want[i] {
			t.Errorf("%s is %s, want %s", r.ID, r.Outcome, want[i])
		}
	}
	if r := v.Results[1]; r.Reason != "follows from a/cause, which fails; judge again when that holds (it broke)" || len(r.Evidence) != 1 {
		t.Errorf("the effect says %q with %d pieces of evidence", r.Reason, len(r.Evidence))
	}
	if v.Counts != (Counts{Pass: 1, Fail: 2, Unknown: 2}) || v.Ready {
		t.Errorf("counts %+v, ready %t", v.Counts, v.Ready)
	}
}

func TestStale(t *testing.T) {
	fresh := require("a/x", passing)
	fresh.Check.Fresh = time.Hour
	for name, test := range map[string]struct {
		req    Requirement
		age    time.Duration
		want   Outcome
		reason string
	}{
		"today":           {require("a/x", passing), time.Hour, Passed, ""},
		"89 days":         {require("a/x", passing), 89 * 24 * time.Hour, Passed, ""},
		"91 days":         {require("a/x", passing), 91 * 24 * time.Hour, Stale, "passed 91 days ago; evidence for it is valid for 90 days"},
		"its own limit":   {fresh, 90 * time.Minute, Stale, "passed 1h30m0s ago; evidence for it is valid for 1h0m0s"},
		"failed long ago": {require("a/x", failing), 400 * 24 * time.Hour, Failed, ""},
	} {
		v, err := Judge(setOf(nil), []Requirement{test.req}, Options{Now: built.Add(test.age)})
		if err != nil {
			t.Fatal(err)
		}
		if r := v.Results[0]; r.Outcome != test.want || test.reason != "" && r.Reason != test.reason {
			t.Errorf("%s: %s, %q", name, r.Outcome, r.Reason)
		}
	}
	if v, err := Judge(setOf(nil), []Requirement{require("a/x", passing)}, Options{}); err != nil || v.Results[0].Outcome != Passed {
		t.Errorf("without a clock nothing is stale: %+v, %v", v, err)
	}
}

func TestAPanicIsGolivesOwnFailure(t *testing.T) {
	for name, req := range map[string]Requirement{
		"in the judgement": require("a/x", func(*Pass) error { panic("index out of range") }),
		"in the patch": func() Requirement {
			r := require("a/x", failing)
			r.Check.Remedy.Patch = func(*Pass) string { panic("index out of range") }
			return r
		}(),
	} {
		v, err := Judge(setOf(nil), []Requirement{require("a/w", passing), req}, Options{})
		if v != nil || err == nil || !strings.Contains(err.Error(), "the check a/x broke: index out of range") || !strings.Contains(err.Error(), "--evidence") {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func TestWhatNoCheckJudgesIsUnknown(t *testing.T) {
	v := verdictOf(t, require("a/x", passing), Requirement{ID: "b/y", Title: "Something", Gate: GoLive, Needs: Found, How: "look at it"})
	r := v.Results[1]
	if r.Outcome != Unknown || r.Judged() || r.Section != "b" || r.Remedy.Text != "Show it by hand: look at it" || v.Ready {
		t.Errorf("%+v, ready %t", r, v.Ready)
	}
	if r := v.Results[0]; !r.Judged() || r.Remedy.Text == "" {
		t.Errorf("the one with a check: %+v", r)
	}
}

func TestReady(t *testing.T) {
	later := require("a/later", failing)
	later.Gate = FollowUp
	notHere := require("a/na", func(p *Pass) error { p.NotApplicable("none"); return nil })
	unknown := require("a/unknown", func(*Pass) error { return errors.New("not seen") })
	for name, test := range map[string]struct {
		tier int
		reqs []Requirement
		want bool
	}{
		"all hold":              {2, []Requirement{require("a/x", passing), notHere}, true},
		"a follow-up fails":     {2, []Requirement{require("a/x", passing), later}, true},
		"a follow-up at tier 1": {1, []Requirement{require("a/x", passing), later}, false},
		"one is unknown":        {2, []Requirement{require("a/x", passing), unknown}, false},
		"nothing was judged":    {2, nil, false},
	} {
		v, err := Judge(setOf(&service.Service{Tier: test.tier}), test.reqs, Options{Now: built})
		if err != nil || v.Ready != test.want {
			t.Errorf("%s: ready %t, %v", name, v.Ready, err)
		}
	}
}

func TestTierThreeTakesObservedForProven(t *testing.T) {
	observed := func(p *Pass) error { p.Showf(Observed, "", "seen"); return nil }
	for tier, want := range map[int]Outcome{2: Unknown, 3: Passed} {
		v, err := Judge(setOf(&service.Service{Tier: tier}), []Requirement{require("a/x", observed)}, Options{})
		if err != nil || v.Results[0].Outcome != want {
			t.Errorf("tier %d: %+v, %v", tier, v.Results[0], err)
		}
	}
}

func TestRemedies(t *testing.T) {
	judged := func(judge func(*Pass) error) Fix {
		req := require("a/x", judge)
		req.Check.Remedy.Patch = func(p *Pass) string { return "for " + p.Service().Name }
		v, err := Judge(setOf(&service.Service{Name: "orders"}), []Requirement{req}, Options{Command: func(id string) string { return "again " + id }})
		if err != nil {
			t.Fatal(err)
		}
		return v.Results[0].Remedy
	}
	if got := judged(failing); got != (Fix{"Give every call a deadline.", "for orders", "again a/x"}) {
		t.Errorf("of a failure: %+v", got)
	}
	if got := judged(passing); got.Patch != "" {
		t.Errorf("of a pass: %+v", got)
	}
}

func TestOutcomesAreCountedAndHoldOrNot(t *testing.T) {
	var results []Result
	var holding []Outcome
	for i, o := range Outcomes() {
		for range i + 1 {
			results = append(results, Result{Outcome: o})
		}
		if o.Holds() {
			holding = append(holding, o)
		}
	}
	if got := count(results); got != (Counts{Fail: 1, Unknown: 2, Stale: 3, Accepted: 4, Pass: 5, NA: 6}) {
		t.Errorf("counted %+v", got)
	}
	if !slices.Equal(holding, []Outcome{Accepted, Passed, NotApplicable}) {
		t.Errorf("holding are %v", holding)
	}
}
