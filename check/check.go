// Package check defines what a requirement is and how recorded evidence is
// judged against it. It is small on purpose: a requirement is one [Check]
// value in a file of its own under catalogue/<section>/, a [Pass] is the only
// door between a check and the evidence, and [Judge] turns checks and
// evidence into a [Verdict]. Nothing here touches a disk, a network or a
// clock.
package check

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// Rung is the strength of a piece of evidence.
type Rung int

// The rungs, weakest first.
const (
	None     Rung = iota
	Declared      // the owner states it in golive.yaml
	Found         // files show it, parsed, with file and line
	Observed      // the running service showed it
	Proven        // an experiment forced the situation and the service came through
)

var rungNames = [...]string{"none", "declared", "found", "observed", "proven"}

// String returns the rung's name in lower case.
func (r Rung) String() string { return rungNames[r] }

// MarshalText writes the rung's name, and nothing for None.
func (r Rung) MarshalText() ([]byte, error) {
	if r == None {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (r *Rung) UnmarshalText(text []byte) error {
	for i, name := range rungNames {
		if name == string(text) || len(text) == 0 {
			*r = Rung(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no rung of evidence; the rungs are declared, found, observed and proven", text)
}

// Gate is when a requirement must hold.
type Gate string

// The gates of the standard.
const (
	GoLive   Gate = "go-live"   // before shipping
	FollowUp Gate = "follow-up" // within the first sprint after launch
	Advised  Gate = "advised"
)

// ForTier returns the gate for a service of the given tier: at tier 1 every
// follow-up is due at go-live.
func (g Gate) ForTier(tier int) Gate {
	if tier == 1 && g == FollowUp {
		return GoLive
	}
	return g
}

// ForTier returns the rung that a service of the given tier needs: tier 3
// takes proven down to observed.
func (r Rung) ForTier(tier int) Rung {
	if tier == 3 && r == Proven {
		return Observed
	}
	return r
}

// Check is one requirement of the standard and its judgement.
type Check struct {
	ID    string // "section/name"
	Title string // what holds when it passes: a fact in the present tense
	Why   string // what happens to a service that lacks it
	Gate  Gate
	Needs Rung
	How   string // how it is judged, for golive explain

	// Reads lists the kinds of evidence that Judge looks at. A kind
	// recording/NAME makes golive review run that drill.
	Reads []evidence.Kind
	// After lists requirements whose failure explains a failure of this one:
	// then it is unknown, not a second finding with one cause.
	After []string
	// Fresh is how long its evidence stays valid; 0 means [DefaultFresh].
	Fresh time.Duration

	// Judge shows and fails on p what the evidence says. An error means that
	// it could not decide, and why.
	Judge  func(p *Pass) error
	Remedy Remedy
}

// DefaultFresh is the age beyond which evidence is stale: 90 days, the
// freshness that the standard sets for rehearsals.
const DefaultFresh = 90 * 24 * time.Hour

// Remedy is the way to a pass.
type Remedy struct {
	Text string
	// Patch, if set, returns what to change as a unified diff or a snippet
	// made for this service.
	Patch func(p *Pass) string
}

// Section returns the part of the ID before the slash.
func (c *Check) Section() string {
	section, _, _ := strings.Cut(c.ID, "/")
	return section
}

// Drills returns the names of the drills whose recordings the check reads.
func (c *Check) Drills() []string {
	var names []string
	for _, kind := range c.Reads {
		if name, ok := strings.CutPrefix(string(kind), "recording/"); ok {
			names = append(names, name)
		}
	}
	return names
}

var idPattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)*/[a-z]+(-[a-z]+)*$`)

// Validate returns an error that names all that the declaration lacks; nil
// when it is whole.
func (c *Check) Validate() error {
	var missing []string
	need := func(ok bool, text string) {
		if !ok {
			missing = append(missing, text)
		}
	}
	need(idPattern.MatchString(c.ID), "an ID of the form section/name in lower case")
	need(c.Title != "", "a title")
	need(c.Why != "", "a reason why it matters")
	need(c.How != "", "a text on how it is judged")
	need(c.Gate == GoLive || c.Gate == FollowUp || c.Gate == Advised, "a gate")
	need(c.Needs > None && c.Needs <= Proven, "a rung that it needs")
	need(len(c.Reads) > 0, "the kinds of evidence that it reads")
	need(c.Judge != nil, "a judgement")
	need(c.Remedy.Text != "", "a remedy")
	if missing == nil {
		return nil
	}
	return fmt.Errorf("check %q lacks %s", c.ID, strings.Join(missing, ", "))
}
