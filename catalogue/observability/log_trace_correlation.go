package observability

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "observability/log-trace-correlation",
	Title: "A request's log lines carry that request's trace id and span id",
	Why: `One user's failure is found by its trace id, or not at all among the lines of everybody
else. A wrong id is worse than none: it leads to another user's story.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `The drill traffic sends requests with traceparents of its own, one after another and then
eight at once. Each request's trace id must be in each line that all requests of its traffic
write, together with a span id, and in no line of another request: none that was written
while another alone was being served, and when eight are, none too many nor too few.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	Judge: judgeCorrelation,
	Remedy: check.Remedy{Text: `Parse traceparent in the first middleware, put the trace id and the id of the new span into
the request's context, and let the logger take them from there – never from a global, a
thread-local that a pool reuses, or the last request. Log at least one line per request.`},
})

func judgeCorrelation(p *check.Pass) error {
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "apart")
	if err != nil {
		return err
	}
	c := correlation{began: rec.Began, lines: linesOf(events), served: requestsOf(events)}
	for _, phase := range []string{"apart", "together"} {
		for _, r := range requestsOf(evidence.In(phase, events)) {
			if isID(r.Trace, 32) && r.Status != 0 {
				c.requests = append(c.requests, r)
			}
		}
	}
	if len(c.requests) == 0 {
		return errors.New("drill traffic: no request with a trace id was answered")
	}
	if lines, ok := flooded(events); ok {
		return fmt.Errorf("drill traffic, apart: the service wrote %d lines more than are kept, so a request's own may be among them", lines)
	}
	for _, judge := range []func() (string, *evidence.Line){c.missing, c.foreign, c.mixed, c.nameless, c.spanless} {
		if text, line := judge(); text != "" {
			p.Fail(check.Evidence{Rung: check.Proven, Where: "drill traffic, apart", Text: text, Detail: logDetail(line)})
			return nil
		}
	}
	p.Showf(check.Proven, "drill traffic, apart", "each of %d requests has its own trace id and a span id in its lines, and in no other's", len(c.requests))
	return nil
}

type dated struct {
	at service.Duration
	*evidence.Request
}

// during reports whether a moment lies between the request and its end, or
// not more than slack later.
func (r dated) during(at service.Duration, slack time.Duration) bool {
	return at >= r.at && at.D() <= r.End(r.at)+slack
}

func requestsOf(events []evidence.Event) []dated {
	var list []dated
	for at, r := range evidence.Requests(events) {
		list = append(list, dated{at, r})
	}
	return list
}

type datedLine struct {
	at service.Duration
	*evidence.Line
}

// correlation holds the lines of a trial against its requests.
type correlation struct {
	began    time.Time
	served   []dated // all requests of the trial
	requests []dated // those that are judged: with a trace id of ours, and answered
	lines    []datedLine
}

// linesOf returns what the instance wrote to its output.
func linesOf(events []evidence.Event) []datedLine {
	var lines []datedLine
	for at, l := range evidence.Lines(events) {
		if l.Stream == "stdout" || l.Stream == "stderr" {
			lines = append(lines, datedLine{at, l})
		}
	}
	return lines
}

// missing finds a request whose trace id is in no line.
func (c correlation) missing() (string, *evidence.Line) {
	for _, r := range c.requests {
		if c.lineWith(r.Trace) == nil {
			return fmt.Sprintf("%s (%s %s) with trace id %s: no line carries it", r.Name, r.Method, r.Path, r.Trace), c.lineDuring(r)
		}
	}
	return "", nil
}

func (c correlation) lineWith(trace string) *evidence.Line {
	for _, l := range c.lines {
		if strings.Contains(l.Text, trace) {
			return l.Line
		}
	}
	return nil
}

// lineDuring returns a line that was written while r was served, as an
// example of one that should have carried its id.
func (c correlation) lineDuring(r dated) *evidence.Line {
	for _, l := range c.lines {
		if r.during(l.at, 0) {
			return l.Line
		}
	}
	return nil
}

// foreign finds lines that were written while one request alone was in flight
// and carry the trace id of another. A single one may be of work that an
// earlier request left behind; a logger that mixes ids up does so again.
func (c correlation) foreign() (string, *evidence.Line) {
	text, example, met := "", (*evidence.Line)(nil), 0
	for _, r := range c.requests {
		if r.Plant != "" {
			continue // one of several at once
		}
		if l, other := c.foreignDuring(r); l != nil {
			met++
			text = fmt.Sprintf("while %s with trace id %s was served alone, a line carried %s, the trace id of another request", r.Name, r.Trace, other.Trace)
			example = l
		}
	}
	if met < 2 {
		return "", nil
	}
	return text, example
}

func (c correlation) foreignDuring(r dated) (*evidence.Line, *evidence.Request) {
	for _, l := range c.lines {
		if !r.during(l.at, 0) || c.older(l, r) {
			continue
		}
		if other := c.otherIn(l.Text, r.Trace); other != nil {
			return l.Line, other
		}
	}
	return nil, nil
}

// older reports whether a line says that it was written before r was sent,
// and only came out later: loggers buffer.
func (c correlation) older(l datedLine, r dated) bool {
	const rounding = 50 * time.Millisecond
	at, ok := writtenAt(l.Text)
	return ok && at.Before(c.began.Add(r.at.D()-rounding))
}

func (c correlation) otherIn(text, own string) *evidence.Request {
	for _, r := range c.requests {
		if r.Trace != own && strings.Contains(text, r.Trace) {
			return r.Request
		}
	}
	return nil
}

// spanless finds a request none of whose lines has a span id.
func (c correlation) spanless() (string, *evidence.Line) {
	for _, r := range c.requests {
		var example *evidence.Line
		found := false
		for _, l := range c.lines {
			if strings.Contains(l.Text, r.Trace) {
				example = l.Line
				found = found || hasSpan(l.Text)
			}
		}
		if !found {
			return fmt.Sprintf("%s with trace id %s: its lines carry no span id", r.Name, r.Trace), example
		}
	}
	return "", nil
}

func logDetail(l *evidence.Line) *check.Detail {
	if l == nil {
		return nil
	}
	return &check.Detail{Log: &check.Log{Lines: []check.LogLine{{Stream: l.Stream, Text: l.Text, Bad: true}}}}
}
