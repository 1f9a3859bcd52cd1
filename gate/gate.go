// Package gate turns a verdict into a decision: whether the gates hold, and
// what stands in the way.
package gate

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/golive-dev/golive/check"
)

// Decision is what a gate makes of a verdict.
type Decision struct {
	Open    bool
	Blocked []check.Result // what keeps it closed
}

// Decide opens the gate if every requirement that is due at go-live holds.
func Decide(v *check.Verdict) Decision {
	return decide(v, func(check.Result) bool { return true })
}

// Ratchet opens the gate if nothing that is due at go-live is worse than in
// the baseline, so that a service which never was ready can begin to gate.
// A requirement that the baseline does not know is not worse.
func Ratchet(v, baseline *check.Verdict) Decision {
	before := map[string]check.Outcome{}
	for _, r := range baseline.Results {
		before[r.ID] = r.Outcome
	}
	return decide(v, func(r check.Result) bool {
		old, known := before[r.ID]
		return known && rank(r.Outcome) < rank(old)
	})
}

func decide(v *check.Verdict, counts func(check.Result) bool) Decision {
	d := Decision{Open: true}
	for _, r := range v.Results {
		if r.Gate == check.GoLive && !r.Outcome.Holds() && counts(r) {
			d.Open = false
			d.Blocked = append(d.Blocked, r)
		}
	}
	return d
}

func rank(o check.Outcome) int {
	switch {
	case o.Holds():
		return 2
	case o == check.Failed:
		return 0
	}
	return 1
}

// ReadBaseline reads a verdict that golive review --format json wrote.
func ReadBaseline(r io.Reader) (*check.Verdict, error) {
	var v check.Verdict
	if err := json.NewDecoder(r).Decode(&v); err != nil {
		return nil, fmt.Errorf("reading the baseline: %w; write one with golive review --format json", err)
	}
	if v.Schema != check.Schema {
		return nil, fmt.Errorf("the baseline has schema %q, expected %q; write one with golive review --format json", v.Schema, check.Schema)
	}
	return &v, nil
}
