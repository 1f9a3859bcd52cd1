package report

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/check"
)

func TestJUnitMapping(t *testing.T) {
	for _, c := range []struct {
		outcome check.Outcome
		gate    check.Gate
		judged  bool
		want    string
	}{
		{check.Passed, check.GoLive, true, "passed"},
		{check.Failed, check.GoLive, true, "failure fail"},
		{check.Failed, check.Advised, true, "failure fail"},
		{check.Unknown, check.GoLive, true, "failure unknown"},
		{check.Unknown, check.FollowUp, true, "skipped"},
		{check.Unknown, check.GoLive, false, "skipped"},
		{check.Stale, check.GoLive, true, "failure stale"},
		{check.Stale, check.FollowUp, true, "skipped"},
		{check.Accepted, check.GoLive, true, "skipped"},
		{check.NotApplicable, check.GoLive, true, "skipped"},
	} {
		r := check.Result{ID: "a/b", Section: "a", Gate: c.gate, Outcome: c.outcome}
		if c.judged {
			r.Why = "because"
		}
		got := "passed"
		switch test := junitResult(&check.Verdict{}, r); {
		case test.Failure != nil:
			got = "failure " + test.Failure.Type
		case test.Skipped != nil:
			got = "skipped"
		}
		if got != c.want {
			t.Errorf("%s at %s, judged %v: %s, want %s", c.outcome, c.gate, c.judged, got, c.want)
		}
	}
}

func TestJUnitCounts(t *testing.T) {
	v := orders(t)
	var got junitSuites
	if err := xml.Unmarshal([]byte(render(t, "junit", v, Options{})), &got); err != nil {
		t.Fatal(err)
	}
	failures, tests := 0, 0
	for _, s := range got.Suites {
		tests += len(s.Cases)
		for _, c := range s.Cases {
			if c.Failure != nil {
				failures++
			}
		}
	}
	if got.Tests != len(v.Results) || tests != got.Tests || failures != got.Failures || failures != 7 {
		t.Errorf("%d tests of %d, %d failures of %d; want %d and 7", tests, got.Tests, failures, got.Failures, len(v.Results))
	}
}

func TestSARIFResults(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal([]byte(render(t, "sarif", orders(t), Options{Version: "1.2.3"})), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	got := map[string]string{}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("the index of %s names the rule %s", r.RuleID, run.Tool.Driver.Rules[r.RuleIndex].ID)
		}
		if r.Kind != "fail" && r.Level != "none" {
			t.Errorf("%s: kind %s has level %s", r.RuleID, r.Kind, r.Level)
		}
		place := ""
		if len(r.Locations) > 0 {
			place = " " + r.Locations[0].Physical.Artifact.URI
		}
		got[r.RuleID] = r.Kind + " " + r.Level + place + strings.Repeat(" suppressed", len(r.Suppressions))
	}
	want := map[string]string{
		"observability/metrics-truth": "fail error", "security/pii-logs": "fail error",
		"deployment/probes-wired": "fail error deploy/orders.yaml", "deployment/graceful-shutdown": "fail error",
		"resilience/timeouts": "fail warning", "resilience/recovery": "open none", "alerting/slo": "open none",
		"ownership/owner": "review none", "scaling/disruption-budget": "fail error deploy/orders.yaml suppressed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestPlace(t *testing.T) {
	for where, want := range map[string]string{
		"deploy/orders.yaml:31": "deploy/orders.yaml:31", "Dockerfile:1": "Dockerfile:1", "a b.yaml:3": "", "a%20#b.yaml:3": "a%2520%23b.yaml:3",
		"drill hang, payments": "", "127.0.0.1:80": "", "localhost:8080": "", "http://x:80": "", "/etc/passwd:1": "", "../x:1": "", "a/../../x:1": "", "": "",
	} {
		got := ""
		if loc, ok := place(check.Evidence{Where: where}); ok {
			got = loc.Physical.Artifact.URI + ":" + grouped(loc.Physical.Region.StartLine)
		}
		if got != want {
			t.Errorf("place of %q is %q, want %q", where, got, want)
		}
	}
	loc, ok := place(check.Evidence{Where: "see there", Detail: &check.Detail{Location: &check.Location{File: "./a b.go"}}})
	if !ok || loc.Physical.Artifact.URI != "a%20b.go" || loc.Physical.Region != nil {
		t.Errorf("a location without a line is at %+v", loc)
	}
}

func TestMarkdownNeutralisesMarkup(t *testing.T) {
	v := orders(t)
	v.Results[0].Outcome, v.Results[0].Why = check.Failed, "w"
	v.Results[0].Reason = "<b>@everyone</b> [x](http://evil) #1 | `code`"
	v.Results[0].Remedy.Patch = "```\n</details>"
	got := render(t, "markdown", v, Options{})
	for _, bad := range []string{"@everyone", "<b>@", "](http://", "#1 ", "| `code`"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q is alive in the comment", bad)
		}
	}
	if !strings.Contains(got, "````diff\n```\n</details>\n````") {
		t.Error("a fence within the patch ends its block")
	}
}
