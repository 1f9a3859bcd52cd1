package observability

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
)

var _ = check.Register(check.Check{
	ID:    "observability/structured-logs",
	Title: "Every log line is one JSON object with one schema: timestamp, level, service, trace_id, span_id, event",
	Why: `At night nobody reads logs line by line: they are searched by field. A line that is no
object, or has its fields under another name, is not found.`,
	Gate:  check.GoLive,
	Needs: check.Observed,
	How: `Every line on stdout and stderr while the drill traffic runs, from start to stop, must be one
JSON object with a timestamp (RFC 3339 or epoch), a level from a known set, a service and an
event, each under one of its usual names; the lines of requests also a trace_id and a span_id.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	Judge: judgeStructured,
	Remedy: check.Remedy{Text: `Log through one structured logger that writes JSON (slog's JSONHandler, zap, pino,
structlog, logback's JSON encoder), set service once as a base field, take trace_id and
span_id from the request's context, and send the standard library's and the runtime's own
output through it too.`},
})

func judgeStructured(p *check.Pass) error {
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	var undecided []error
	for _, trial := range []string{"load", "apart"} {
		events, err := p.Trial(rec, trial)
		if err == nil {
			err = judgeLines(p, trial, events)
		}
		undecided = append(undecided, err)
	}
	return errors.Join(undecided...)
}

// schema counts what the lines of a trial hold.
type schema struct {
	lines, traced int
	bad           []check.LogLine
	why           map[string]int
	first         string
}

func judgeLines(p *check.Pass, trial string, events []evidence.Event) error {
	s := schema{why: map[string]int{}}
	for _, l := range evidence.Lines(events) {
		if (l.Stream == "stdout" || l.Stream == "stderr") && strings.TrimSpace(l.Text) != "" {
			s.add(l)
		}
	}
	where := "drill traffic, " + trial
	switch {
	case s.lines == 0:
		return fmt.Errorf("%s: the service wrote no line to stdout or stderr", where)
	case len(s.why) > 0:
		p.Fail(check.Evidence{Rung: check.Observed, Where: where, Detail: &check.Detail{Log: &check.Log{Lines: s.bad}},
			Text: fmt.Sprintf("%d of %d lines %s, the first: %s", s.why[s.first], s.lines, s.first, excerpt(s.bad[0].Text))})
	case s.traced == 0:
		p.Failf(check.Observed, where, "none of %d lines carries a trace_id and a span_id", s.lines)
	default:
		if lines, ok := flooded(events); ok {
			return fmt.Errorf("%s: the service wrote %d lines more than are kept; what was kept is structured", where, lines)
		}
		p.Showf(check.Observed, where, "%d lines, all of one schema; %d carry trace_id and span_id", s.lines, s.traced)
	}
	return nil
}

func (s *schema) add(l *evidence.Line) {
	s.lines++
	why := s.wrong(l)
	if why == "" {
		return
	}
	if s.first == "" {
		s.first = why
	}
	s.why[why]++
	if len(s.bad) < 8 {
		s.bad = append(s.bad, check.LogLine{Stream: l.Stream, Text: l.Text, Bad: true})
	}
}

// wrong says what a line lacks, "" when it lacks nothing.
func (s *schema) wrong(l *evidence.Line) string {
	e, ok := parseEntry(l.Text)
	switch {
	case l.Cut > 0:
		return "are longer than 64 KiB"
	case !ok:
		return "are no JSON object"
	}
	for _, f := range fields {
		v, has := f.in(e)
		if !has {
			return "have no " + f.name
		}
		if !f.valid(v) {
			return fmt.Sprintf("have a %s that is none", f.name)
		}
	}
	_, trace := traceField.in(e)
	_, span := spanField.in(e)
	switch {
	case trace && !span:
		return "have a trace_id without a span_id"
	case trace && span:
		s.traced++
	}
	return ""
}

func flooded(events []evidence.Event) (lines int, ok bool) {
	for _, e := range events {
		if e.Flood != nil {
			return e.Flood.Lines, true
		}
	}
	return 0, false
}

// excerpt shortens a line for a sentence.
func excerpt(line string) string {
	const most = 160
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + " …"
	}
	return line
}
