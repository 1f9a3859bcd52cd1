package security

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

var _ = check.Register(check.Check{
	ID:    "security/pii-logs",
	Title: "Personal data never reaches logs, metrics or traces",
	Why: `Logs are copied, kept and read by many more people and systems than the data store. What
gets into them cannot be deleted when somebody asks.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `The drill canary-data sends made-up mail addresses, names, cards, phone numbers and tokens
through every channel of a request – path, query, headers, cookie, basic auth, user agent,
JSON, form, malformed body – while all is well and with each dependency down. None of them
may turn up in the output, the metrics or the spans: plain, URL-encoded, in base64 or in hex.`,
	Reads: []evidence.Kind{evidence.Recorded("canary-data")},
	Judge: judgePII,
	Remedy: check.Remedy{Text: `Log the route's template instead of the path, never the query, headers or bodies, and errors
without the value that caused them. Give personal data a type that prints as [redacted]
whatever prints it. Check what frameworks and panics log by themselves.`},
})

func judgePII(p *check.Pass) error {
	rec, err := p.Drill("canary-data")
	if err != nil {
		return err
	}
	trials := []string{"success"}
	for _, dep := range p.Service().Dependencies {
		trials = append(trials, "failure/"+dep.Name)
	}
	var undecided []error
	for _, trial := range trials {
		events, err := p.Trial(rec, trial)
		if err == nil {
			err = judgeCanaries(p, trial, events)
		}
		undecided = append(undecided, err)
	}
	return errors.Join(undecided...)
}

// leak is a canary that turned up.
type leak struct {
	*evidence.Canary
	place, encoding, text string
}

func judgeCanaries(p *check.Pass, trial string, events []evidence.Event) error {
	places := outputs(events)
	answered, sent := answers(events)
	where := "drill canary-data, " + trial
	var leaks []leak
	for _, c := range evidence.Canaries(events) {
		if len(c.Token) < leastToken {
			continue
		}
		if l, found := search(c, places); found {
			leaks = append(leaks, l)
		}
	}
	if len(leaks) > 0 {
		first := leaks[0]
		p.Fail(check.Evidence{Rung: check.Proven, Where: where, Detail: leakDetail(leaks),
			Text: fmt.Sprintf("the %s sent in the %s turned up in %s%s; channels that leak: %s",
				first.What, first.Channel, first.place, encoded(first.encoding), strings.Join(channelsOf(leaks), ", "))})
		return nil
	}
	switch {
	case answered == 0:
		return fmt.Errorf("%s: no request with a canary was answered", where)
	case len(places) == 0:
		return fmt.Errorf("%s: the service wrote nothing that could be searched", where)
	}
	if missed := unsearched(events); missed != "" {
		return fmt.Errorf("%s: none of %d requests with canaries left one in what was kept, but %s", where, sent, missed)
	}
	if dep, ok := strings.CutPrefix(trial, "failure/"); ok && !metFailure(dep, events) {
		return fmt.Errorf("%s: nothing called %s, so no failure of it was seen; see traffic.uses in golive.yaml", where, dep)
	}
	p.Showf(check.Proven, where, "%d requests with canaries; none turned up in %d lines, series and attributes", sent, len(places))
	return nil
}

// unsearched says what the service wrote that was not kept, "" for nothing.
func unsearched(events []evidence.Event) string {
	for _, e := range events {
		switch {
		case e.Flood != nil:
			return fmt.Sprintf("it wrote %d lines more than are kept", e.Flood.Lines)
		case e.Line != nil && e.Line.Cut > 0:
			return fmt.Sprintf("a line was %d bytes longer than is kept", e.Line.Cut)
		}
	}
	return ""
}

// metFailure reports whether the dependency's failure was met: a call was
// refused, or one was made before. Not every kernel tells which connects a
// closed port refused.
func metFailure(dep string, events []evidence.Event) bool {
	for _, f := range evidence.Faults(events, false) {
		if f.Hits > 0 {
			return true
		}
	}
	for _, c := range evidence.Calls(events) {
		if c.Dependency == dep {
			return true
		}
	}
	return false
}

// answers counts the requests that carried canaries, and how many of them
// were answered.
func answers(events []evidence.Event) (answered, sent int) {
	carries := map[string]bool{}
	for _, c := range evidence.Canaries(events) {
		carries[c.Request] = carries[c.Request] || len(c.Token) >= leastToken
	}
	for _, r := range evidence.Requests(events) {
		if carries[r.ID] {
			sent++
			if r.Status != 0 {
				answered++
			}
		}
	}
	return answered, sent
}

// place is a piece of what the service gave away.
type place struct {
	name, text string
	lower      string
}

// outputs returns all that the service wrote, exposed and exported.
func outputs(events []evidence.Event) []place {
	var list []place
	add := func(name, text string) {
		list = append(list, place{name, text, strings.ToLower(text)})
	}
	for _, l := range evidence.Lines(events) {
		add(l.Stream, l.Text)
	}
	for _, s := range evidence.Scrapes(events, "") {
		for _, f := range s.Families {
			for _, series := range f.Series {
				add("metrics", f.Name+series.Key())
			}
		}
	}
	for _, s := range evidence.Spans(events) {
		add("traces", s.Name)
		for _, key := range slices.Sorted(maps.Keys(s.Attrs)) {
			add("traces", key+"="+s.Attrs[key])
		}
	}
	return list
}

// leastToken is how long a token must be to turn up by chance nowhere.
const leastToken = 8

func search(c *evidence.Canary, places []place) (leak, bool) {
	needles := forms(c)
	for _, p := range places {
		for _, n := range needles {
			if n.exact && strings.Contains(p.text, n.text) || !n.exact && strings.Contains(p.lower, n.text) {
				return leak{c, p.name, n.encoding, p.text}, true
			}
		}
	}
	return leak{}, false
}

func channelsOf(leaks []leak) []string {
	var list []string
	for _, l := range leaks {
		if !slices.Contains(list, l.Channel) {
			list = append(list, l.Channel)
		}
	}
	return list
}

func leakDetail(leaks []leak) *check.Detail {
	log := &check.Log{}
	for _, l := range leaks[:min(10, len(leaks))] {
		log.Lines = append(log.Lines, check.LogLine{Stream: l.place, Text: fmt.Sprintf("[%s %s] %s", l.Channel, l.What, l.text), Bad: true})
	}
	return &check.Detail{Log: log}
}
