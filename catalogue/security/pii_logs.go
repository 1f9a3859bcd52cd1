package security

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
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
	var undecided []error
	for _, trial := range rec.Trials() {
		events, err := p.Trial(rec, trial)
		if err == nil {
			err = judgeCanaries(p, trial, events)
		}
		undecided = append(undecided, err)
	}
	if len(rec.Trials()) == 0 {
		return errors.New("drill canary-data: no trial was run")
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
	if sent == 0 || answered == 0 {
		return fmt.Errorf("drill canary-data, %s: no request with a canary was answered", trial)
	}
	if len(places) == 0 {
		return fmt.Errorf("drill canary-data, %s: the service wrote nothing that could be searched", trial)
	}
	var leaks []leak
	for _, c := range evidence.Canaries(events) {
		if l, found := search(c, places); found {
			leaks = append(leaks, l)
		}
	}
	where := "drill canary-data, " + trial
	if len(leaks) == 0 {
		p.Showf(check.Proven, where, "%d requests with canaries; none turned up in %d lines, series and attributes", sent, len(places))
		return nil
	}
	first := leaks[0]
	p.Fail(check.Evidence{Rung: check.Proven, Where: where, Detail: leakDetail(leaks),
		Text: fmt.Sprintf("the %s sent in the %s turned up in %s%s; channels that leak: %s",
			first.What, first.Channel, first.place, encoded(first.encoding), strings.Join(channelsOf(leaks), ", "))})
	return nil
}

// answers counts the requests that carried canaries, and how many of them
// were answered.
func answers(events []evidence.Event) (answered, sent int) {
	carries := map[string]bool{}
	for _, c := range evidence.Canaries(events) {
		carries[c.Request] = true
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
		for key, value := range s.Attrs {
			add("traces", key+"="+value)
		}
	}
	return list
}

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

// needle is one form of a canary. Base64 distinguishes upper and lower case,
// the others are sought in lower case.
type needle struct {
	encoding, text string
	exact          bool
}

// forms returns the encodings in which a canary may turn up. What follows and
// precedes it shifts base64 by up to two bytes, so each of the three
// alignments is sought, without the characters that the neighbours share.
func forms(c *evidence.Canary) []needle {
	list := []needle{
		{"plain", strings.ToLower(c.Token), false},
		{"hex", hex.EncodeToString([]byte(c.Token)), false},
		{"url", strings.ToLower(url.QueryEscape(c.Value)), false},
	}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), c.Token...))
		from := []int{0, 2, 3}[shift]
		text = strings.TrimRight(text, "=")
		if tail := (len(c.Token) + shift) % 3; tail != 0 {
			text = text[:len(text)-1]
		}
		list = append(list, needle{"base64", text[from:], true})
		list = append(list, needle{"base64", strings.NewReplacer("+", "-", "/", "_").Replace(text[from:]), true})
	}
	return list
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

func encoded(encoding string) string {
	if encoding == "plain" {
		return ""
	}
	return " (" + encoding + ")"
}

func leakDetail(leaks []leak) *check.Detail {
	log := &check.Log{}
	for _, l := range leaks[:min(10, len(leaks))] {
		log.Lines = append(log.Lines, check.LogLine{Stream: l.place, Text: fmt.Sprintf("[%s %s] %s", l.Channel, l.What, l.text), Bad: true})
	}
	return &check.Detail{Log: log}
}
