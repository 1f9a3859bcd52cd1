package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// Requirement is what the standard asks, whether or not a check can judge it.
type Requirement struct {
	ID    string
	Title string
	Gate  Gate
	Needs Rung
	How   string
	Check *Check // nil: not judged yet
}

// Options are what a judgement depends on besides the evidence.
type Options struct {
	Standard string    // the version of the standard
	Now      time.Time // against which freshness is counted
	Most     Rung      // evidence above it is left out; None leaves nothing out
	// Command, given a requirement's ID, is the command that checks it again.
	Command func(id string) string
}

// Judge judges the evidence against the requirements, in their order.
// The error is golive's own: a check that panicked. It is never a verdict.
func Judge(set *evidence.Set, reqs []Requirement, o Options) (*Verdict, error) {
	v := &Verdict{
		Schema: Schema, Service: set.Service().Name, Standard: o.Standard,
		Build: set.Build(), Results: []Result{},
	}
	for _, req := range reqs {
		r, err := judgeOne(set, req, o)
		if err != nil {
			return nil, err
		}
		v.Results = append(v.Results, r)
	}
	silence(v.Results, reqs)
	v.Counts = count(v.Results)
	v.Ready = ready(v.Results)
	return v, nil
}

func ready(results []Result) bool {
	for _, r := range results {
		if r.Gate == GoLive && !r.Outcome.Holds() {
			return false
		}
	}
	return len(results) > 0
}

func judgeOne(set *evidence.Set, req Requirement, o Options) (r Result, err error) {
	tier := set.Service().Tier
	section, _, _ := strings.Cut(req.ID, "/")
	r = Result{
		ID: req.ID, Section: section, Title: req.Title,
		Gate: req.Gate.ForTier(tier), Needs: req.Needs.ForTier(tier),
		Outcome: Unknown, Evidence: []Evidence{},
	}
	if o.Command != nil {
		r.Remedy.Recheck = o.Command(req.ID)
	}
	if req.Check == nil {
		r.Reason = "not judged yet: this version of golive has no check for it"
		r.Remedy.Text = "Show it by hand: " + req.How
		return r, nil
	}
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("the check %s broke: %v; this is a defect of golive, please report it with the file that --evidence writes", req.ID, x)
		}
	}()
	r.Why, r.Remedy.Text = req.Check.Why, req.Check.Remedy.Text
	p := NewPass(set)
	undecided := req.Check.Judge(p)
	r.settle(p.upTo(o.Most), undecided)
	if r.Outcome == Unknown && o.Most != None && r.Needs > o.Most {
		r.Reason = fmt.Sprintf("the review stopped at %s evidence; it must be %s", o.Most, r.Needs)
	}
	if last := lastLines(undecided); last != nil {
		r.Evidence = append(r.Evidence, *last)
	}
	r.expire(set, req.Check, o.Now)
	if r.Outcome != Passed && r.Outcome != NotApplicable && req.Check.Remedy.Patch != nil {
		r.Remedy.Patch = req.Check.Remedy.Patch(p)
	}
	return r, nil
}

// settle turns what a pass brought into an outcome. What is wrong is a
// finding even where the rest could not be decided.
func (r *Result) settle(p *Pass, undecided error) {
	r.Evidence = append(r.Evidence, p.shown...)
	slices.SortStableFunc(r.Evidence, worstFirst)
	for _, e := range r.Evidence {
		r.Reached = max(r.Reached, e.Rung)
	}
	switch {
	case p.Failed():
		r.Outcome, r.Reason = Failed, r.Evidence[0].Text
	case undecided != nil:
		r.Outcome, r.Reason = Unknown, once(undecided.Error())
	case p.na != "":
		r.Outcome, r.Reason = NotApplicable, p.na
	case len(r.Evidence) == 0:
		r.Outcome, r.Reason = Unknown, "no evidence"
	case r.Reached < r.Needs:
		r.Outcome, r.Reason = Unknown, fmt.Sprintf("only %s so far; it must be %s", r.Reached, r.Needs)
	default:
		r.Outcome, r.Reason = Passed, r.Evidence[0].Text
	}
}

// once leaves out the lines of text that stand in it already: what keeps a
// drill from being evidence does so for each of its trials.
func once(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func worstFirst(a, b Evidence) int {
	switch {
	case a.OK == b.OK:
		return 0
	case b.OK:
		return -1
	}
	return 1
}

// expire turns a pass on old evidence stale.
func (r *Result) expire(set *evidence.Set, c *Check, now time.Time) {
	at := set.Build().At
	if r.Outcome != Passed || at.IsZero() || now.IsZero() {
		return
	}
	fresh := c.Fresh
	if fresh == 0 {
		fresh = DefaultFresh
	}
	if age := now.Sub(at); age > fresh {
		r.Outcome = Stale
		r.Reason = fmt.Sprintf("passed %s ago; evidence for it is valid for %s", days(age), days(fresh))
	}
}

func days(d time.Duration) string {
	if d < 48*time.Hour {
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// silence turns failures that another failure explains into unknowns.
func silence(results []Result, reqs []Requirement) {
	failed := map[string]bool{}
	for _, r := range results {
		failed[r.ID] = r.Outcome == Failed
	}
	for i, req := range reqs {
		if req.Check == nil || results[i].Outcome != Failed {
			continue
		}
		for _, cause := range req.Check.After {
			if failed[cause] {
				results[i].Outcome = Unknown
				results[i].Reason = fmt.Sprintf("follows from %s, which fails; judge again when that holds (%s)", cause, results[i].Reason)
				break
			}
		}
	}
}
