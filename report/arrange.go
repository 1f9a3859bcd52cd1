package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
)

// section is the part of a verdict under one heading.
type section struct {
	Name     string
	Judged   []check.Result // failures first, then as check.Outcomes lists them
	Unjudged []check.Result
}

// sections returns the results by section, in the order of the standard.
func sections(v *check.Verdict) []*section {
	var list []*section
	byName := map[string]*section{}
	for _, r := range v.Results {
		s := byName[r.Section]
		if s == nil {
			s = &section{Name: r.Section}
			byName[r.Section] = s
			list = append(list, s)
		}
		if r.Judged() {
			s.Judged = append(s.Judged, r)
		} else {
			s.Unjudged = append(s.Unjudged, r)
		}
	}
	for _, s := range list {
		slices.SortStableFunc(s.Judged, func(a, b check.Result) int { return rank(a.Outcome) - rank(b.Outcome) })
	}
	return list
}

func rank(o check.Outcome) int {
	if i := slices.Index(check.Outcomes(), o); i >= 0 {
		return i
	}
	return len(check.Outcomes())
}

// Count of the judged requirements that have one outcome.
func (s *section) Count(o check.Outcome) int {
	n := 0
	for _, r := range s.Judged {
		if r.Outcome == o {
			n++
		}
	}
	return n
}

// gate is how the requirements of one gate, or of all, came out.
type gate struct {
	Name     string
	Counts   map[check.Outcome]int // of the judged ones
	Unjudged int
	Total    int
	Holds    bool // whether nothing at this gate stands in the way
}

// gates returns the gates that the verdict has requirements at, in the order
// in which they are due.
func gates(v *check.Verdict) []gate {
	var list []gate
	for _, name := range []check.Gate{check.GoLive, check.FollowUp, check.Advised} {
		if g := tally(v, string(name), func(r check.Result) bool { return r.Gate == name }); g.Total > 0 {
			list = append(list, g)
		}
	}
	return list
}

// all returns the tally over every gate.
func all(v *check.Verdict) gate {
	return tally(v, "all", func(check.Result) bool { return true })
}

func tally(v *check.Verdict, name string, of func(check.Result) bool) gate {
	g := gate{Name: name, Counts: map[check.Outcome]int{}, Holds: true}
	for _, r := range v.Results {
		if !of(r) {
			continue
		}
		g.Total++
		g.Holds = g.Holds && r.Outcome.Holds()
		if r.Judged() {
			g.Counts[r.Outcome]++
		} else {
			g.Unjudged++
		}
	}
	return g
}

// Held is how many judged requirements do not stand in the way.
func (g gate) Held() int {
	n := 0
	for o, count := range g.Counts {
		if o.Holds() {
			n += count
		}
	}
	return n
}

// Judged is how many requirements have a check.
func (g gate) Judged() int { return g.Total - g.Unjudged }

// Text lists the counts in words, those that matter most first.
func (g gate) Text() string {
	var parts []string
	for _, o := range check.Outcomes() {
		if n := g.Counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	if g.Unjudged > 0 {
		parts = append(parts, fmt.Sprintf("%d not judged yet", g.Unjudged))
	}
	if parts == nil {
		return "no requirements"
	}
	return strings.Join(parts, ", ")
}

// verdictWords returns the decision and the reason for it.
func verdictWords(v *check.Verdict) (word, because string) {
	g := tally(v, "", func(r check.Result) bool { return r.Gate == check.GoLive })
	switch {
	case v.Ready && g.Counts[check.Accepted] > 0:
		return "ready", fmt.Sprintf("every go-live requirement holds, %d of them as an accepted risk", g.Counts[check.Accepted])
	case v.Ready:
		return "ready", "every go-live requirement holds"
	case len(v.Results) == 0:
		return "not ready", "nothing was judged"
	}
	open := gate{Counts: map[check.Outcome]int{}, Unjudged: g.Unjudged}
	for o, n := range g.Counts {
		if !o.Holds() {
			open.Counts[o] = n
		}
	}
	return "not ready", fmt.Sprintf("of %d go-live requirements: %s", g.Total, open.Text())
}

// coverage says how far the verdict reaches.
func coverage(v *check.Verdict) string {
	g := all(v)
	s := fmt.Sprintf("%d of %d judged requirements hold", g.Held(), g.Judged())
	if g.Unjudged == 0 {
		return s
	}
	return fmt.Sprintf("%s; %d of the standard are not judged yet and count as unknown", s, g.Unjudged)
}

// fact is one property of the build that a verdict belongs to.
type fact struct{ Name, Value string }

// facts returns what is known of the build, in the order of interest.
func facts(v *check.Verdict) []fact {
	commit := v.Build.Commit
	if commit != "" && v.Build.Dirty {
		commit += " with uncommitted changes"
	}
	at := ""
	if !v.Build.At.IsZero() {
		at = v.Build.At.UTC().Format("2006-01-02 15:04 UTC")
	}
	var list []fact
	for _, f := range []fact{
		{"commit", commit}, {"environment", v.Build.Environment}, {"examined", at},
		{"artefact", v.Build.Digest}, {"spec", v.Build.Spec}, {"standard", v.Standard},
	} {
		if f.Value != "" {
			list = append(list, fact{f.Name, line(f.Value, 120)})
		}
	}
	return list
}

// serviceName returns the service's name, or words for its absence.
func serviceName(v *check.Verdict) string {
	if name := line(v.Service, 80); name != "" {
		return name
	}
	return "unnamed service"
}

// offending returns the evidence that explains the result: against it where
// there is any, else all.
func offending(r check.Result) []check.Evidence {
	var against []check.Evidence
	for _, e := range r.Evidence {
		if !e.OK {
			against = append(against, e)
		}
	}
	if r.Outcome == check.Failed && against != nil {
		return against
	}
	return r.Evidence
}

// grouped formats n with a comma between thousands.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// human formats d for reading, with about three digits.
func human(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + human(-max(d, -1<<62))
	case d == 0:
		return "0"
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	case d < time.Minute:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d > 100*365*24*time.Hour:
		return "∞"
	}
	return d.Round(time.Second).String()
}
