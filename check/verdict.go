package check

import (
	"github.com/golive-dev/golive/evidence"
)

// Schema is the version of the verdict's JSON form.
const Schema = "golive/v1"

// Outcome is what became of a requirement.
type Outcome string

// The outcomes. Only Pass, Accepted and NotApplicable let a gate open.
const (
	Passed        Outcome = "pass"
	Failed        Outcome = "fail"
	Unknown       Outcome = "unknown"
	Stale         Outcome = "stale"
	Accepted      Outcome = "accepted"
	NotApplicable Outcome = "n/a"
)

// Outcomes lists every outcome, in the order of reports.
func Outcomes() []Outcome {
	return []Outcome{Failed, Unknown, Stale, Accepted, Passed, NotApplicable}
}

// Holds reports whether a requirement with this outcome does not stand in
// the way of a launch.
func (o Outcome) Holds() bool { return o == Passed || o == NotApplicable || o == Accepted }

// Verdict is every outcome for one build: the one truth that all formats
// render.
type Verdict struct {
	Schema   string         `json:"schema"`
	Service  string         `json:"service"`
	Standard string         `json:"standard"`
	Ready    bool           `json:"ready"`
	Build    evidence.Build `json:"build"`
	Counts   Counts         `json:"counts"`
	Results  []Result       `json:"results"`
}

// Counts is how many requirements have each outcome.
type Counts struct {
	Pass     int `json:"pass"`
	Fail     int `json:"fail"`
	Unknown  int `json:"unknown"`
	Stale    int `json:"stale"`
	Accepted int `json:"accepted"`
	NA       int `json:"na"`
}

// Result is the outcome of one requirement.
type Result struct {
	ID       string     `json:"id"`
	Section  string     `json:"section"`
	Title    string     `json:"title"`
	Gate     Gate       `json:"gate"`
	Needs    Rung       `json:"needs"`
	Outcome  Outcome    `json:"outcome"`
	Reached  Rung       `json:"reached"`
	Reason   string     `json:"reason"`
	Why      string     `json:"why,omitempty"` // empty: this version of golive has no check for it
	Evidence []Evidence `json:"evidence"`
	Remedy   Fix        `json:"remedy"`
}

// Judged reports whether this version of golive has a check for the
// requirement.
func (r Result) Judged() bool { return r.Why != "" }

// Fix is a result's way to a pass.
type Fix struct {
	Text    string `json:"text"`
	Patch   string `json:"patch,omitempty"`
	Recheck string `json:"recheck"`
}

func count(results []Result) Counts {
	var c Counts
	for _, r := range results {
		switch r.Outcome {
		case Passed:
			c.Pass++
		case Failed:
			c.Fail++
		case Stale:
			c.Stale++
		case Accepted:
			c.Accepted++
		case NotApplicable:
			c.NA++
		default:
			c.Unknown++
		}
	}
	return c
}
