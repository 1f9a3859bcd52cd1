package observability

import (
	"errors"
	"fmt"
	"slices"
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
event, each under one of its usual names and in every line under the same; the lines of
requests also a trace_id and a span_id.`,
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

// schema is what the lines of a trial have in common, and what is wrong with
// the others.
type schema struct {
	lines, traced int
	names         map[string][]string // by field: the names under which every line so far has it
	bad           []check.LogLine
	wrong         []string // ways of being wrong, by their first line
	count         map[string]int
}

func judgeLines(p *check.Pass, trial string, events []evidence.Event) error {
	s := schema{names: map[string][]string{}, count: map[string]int{}}
	for _, l := range evidence.Lines(events) {
		if (l.Stream == "stdout" || l.Stream == "stderr") && strings.TrimSpace(l.Text) != "" {
			s.add(l)
		}
	}
	where := "drill traffic, " + trial
	switch {
	case s.lines == 0:
		return fmt.Errorf("%s: the service wrote no line to stdout or stderr", where)
	case len(s.wrong) > 0:
		p.Fail(check.Evidence{Rung: check.Observed, Where: where, Detail: &check.Detail{Log: &check.Log{Lines: s.bad}}, Text: s.finding()})
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

// finding tells every way of being wrong, and the first line that is.
func (s *schema) finding() string {
	text := fmt.Sprintf("%d of %d lines %s, the first: %s", s.count[s.wrong[0]], s.lines, s.wrong[0], excerpt(s.bad[0].Text))
	for _, why := range s.wrong[1:] {
		text += fmt.Sprintf("; %d %s", s.count[why], why)
	}
	return text
}

func (s *schema) add(l *evidence.Line) {
	s.lines++
	why := s.judge(l)
	if why == "" {
		return
	}
	if s.count[why] == 0 {
		s.wrong = append(s.wrong, why)
	}
	s.count[why]++
	if len(s.bad) < 8 {
		s.bad = append(s.bad, check.LogLine{Stream: l.Stream, Text: l.Text, Bad: true})
	}
}

// judge says what is wrong with a line, "" when nothing is.
func (s *schema) judge(l *evidence.Line) string {
	e, ok := parseEntry(l.Text)
	switch {
	case l.Cut > 0:
		return "are longer than 64 KiB"
	case !ok:
		return "are no JSON object"
	}
	for _, f := range fields {
		if why := s.judgeField(f, e); why != "" {
			return why
		}
	}
	traces, _ := traceField.in(e)
	spans, _ := spanField.in(e)
	switch {
	case len(traces) == 0:
		return ""
	case len(spans) == 0:
		return "have a trace_id without a span_id"
	case !s.agree(traceField, traces) || !s.agree(spanField, spans):
		return "have their trace_id or span_id under another name than the lines before"
	}
	s.traced++
	return ""
}

func (s *schema) judgeField(f field, e entry) string {
	names, has := f.in(e)
	switch {
	case !has:
		return "have no " + f.name
	case len(names) == 0:
		return fmt.Sprintf("have a %s that is none", f.name)
	case !s.agree(f, names):
		return fmt.Sprintf("have their %s under another name than the lines before", f.name)
	}
	return ""
}

// agree reports whether one name of a field still serves all lines, and
// remembers which.
func (s *schema) agree(f field, names []string) bool {
	if known := s.names[f.name]; known != nil {
		names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(known, name) })
	}
	if len(names) == 0 {
		return false
	}
	s.names[f.name] = names
	return true
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
