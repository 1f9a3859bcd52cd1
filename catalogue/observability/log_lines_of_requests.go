package observability

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// mixed finds requests of one traffic, served at once, of which one has more
// lines with its trace id than any had alone and another has fewer: ids that
// are kept where concurrent requests share them.
func (c correlation) mixed() (string, *evidence.Line) {
	alone, together := map[string][]int{}, map[string][]int{}
	for _, r := range c.requests {
		into := alone
		if r.Plant != "" {
			into = together
		}
		into[r.Name] = append(into[r.Name], c.linesWith(r.Trace))
	}
	for _, r := range c.requests {
		if r.Plant == "" || len(alone[r.Name]) == 0 {
			continue
		}
		least, most := slices.Min(alone[r.Name]), slices.Max(alone[r.Name])
		fewest, greatest := slices.Min(together[r.Name]), slices.Max(together[r.Name])
		if fewest < least && greatest > most && c.linesWith(r.Trace) == greatest {
			return fmt.Sprintf("of %d %s at once, trace id %s is in %d lines and another in %d, while alone it is in %s: requests get each other's ids",
				len(together[r.Name]), r.Name, r.Trace, greatest, fewest, fromTo(least, most)), c.lineWith(r.Trace)
		}
	}
	return "", nil
}

func (c correlation) linesWith(trace string) int {
	n := 0
	for _, l := range c.lines {
		if strings.Contains(l.Text, trace) {
			n++
		}
	}
	return n
}

func fromTo(least, most int) string {
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// nameless finds a line that each request of a traffic writes when it is
// alone, that is written at no other time, and that carries no trace id: an
// access log beside the logger, for instance.
func (c correlation) nameless() (string, *evidence.Line) {
	alone := map[string][]dated{}
	var names []string
	for _, r := range c.requests {
		if r.Plant != "" {
			continue
		}
		if alone[r.Name] == nil {
			names = append(names, r.Name)
		}
		alone[r.Name] = append(alone[r.Name], r)
	}
	between := c.shapesBetween()
	for _, name := range names {
		if len(alone[name]) < 3 {
			continue // too few to tell a habit from a coincidence
		}
		first := c.shapesDuring(alone[name][0])
		for _, shape := range slices.Sorted(maps.Keys(first)) {
			elsewhere := func(r dated) bool { return c.shapesDuring(r)[shape] == nil }
			if !between[shape] && !slices.ContainsFunc(alone[name], elsewhere) {
				return fmt.Sprintf("%s: each of its requests writes a line without a trace id: %s", name, excerpt(first[shape].Text)), first[shape]
			}
		}
	}
	return "", nil
}

// afterAnswer is how long after an answer a line of its request may come out.
const afterAnswer = 50 * time.Millisecond

// shapesDuring returns the lines without a trace id that were written while r
// was served, by what they say.
func (c correlation) shapesDuring(r dated) map[string]*evidence.Line {
	shapes := map[string]*evidence.Line{}
	for _, l := range c.lines {
		if r.during(l.at, afterAnswer) && !hasTrace(l.Text) {
			shapes[shapeOf(l.Text)] = l.Line
		}
	}
	return shapes
}

// shapesBetween returns what the service says while it serves nobody, and
// what it says with a trace id.
func (c correlation) shapesBetween() map[string]bool {
	shapes := map[string]bool{}
	for _, l := range c.lines {
		busy := slices.ContainsFunc(c.served, func(r dated) bool { return r.during(l.at, afterAnswer) })
		if !busy || hasTrace(l.Text) {
			shapes[shapeOf(l.Text)] = true
		}
	}
	return shapes
}

// traceInText finds a trace id, or a traceparent, in a line of any form.
var traceInText = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

// hasTrace reports whether a line carries a trace id, of whatever trace.
func hasTrace(line string) bool {
	if e, ok := parseEntry(line); ok {
		if names, _ := traceField.in(e); len(names) > 0 {
			return true
		}
	}
	return traceInText.MatchString(line)
}

// variable matches what differs from line to line: ids and numbers.
var variable = regexp.MustCompile(`[0-9a-fA-F-]{8,}|[0-9.]+`)

// shapeOf returns what a line says without what differs: the event of a
// structured one.
func shapeOf(line string) string {
	if e, ok := parseEntry(line); ok {
		for _, f := range fields {
			if names, _ := f.in(e); f.name == "event" && len(names) > 0 {
				line = fmt.Sprint(e[names[0]])
			}
		}
	}
	return variable.ReplaceAllString(line, "#")
}
