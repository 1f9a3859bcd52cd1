package observability

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "observability/trace-propagation",
	Title: "traceparent is passed on to each downstream call, with a new span id",
	Why: `A trace that ends at this service leaves the next team with half of the story, and whoever
is called at night with all of it.`,
	Gate:  check.GoLive,
	Needs: check.Proven,
	How: `The drill traffic sends requests with traceparents of its own; the proxies before the HTTP
dependencies record what arrives. For each request and each such dependency in its uses there
must be a call with the same trace id and another, valid parent id. A malformed or absent
traceparent must start a new trace (W3C Trace Context).`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	Judge: judgePropagation,
	Remedy: check.Remedy{Text: `Make every outgoing call through one client that writes traceparent from the request's
context: otelhttp's transport, or 00-<trace id>-<new span id>-<flags> by hand. Validate what
comes in: 32 and 16 lower-case hex digits, not all zero, version not ff; else a new trace.`},
})

func judgePropagation(p *check.Pass) error {
	if !slices.ContainsFunc(p.Service().Dependencies, service.Dependency.IsHTTP) {
		if len(p.Service().Traffic) == 0 {
			return errors.New("golive.yaml declares no traffic and no http dependency; add both for the drill traffic")
		}
		p.NotApplicable("golive.yaml declares no http dependency to pass a trace on to")
		return nil
	}
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "apart")
	if err != nil {
		return err
	}
	g := propagation{Pass: p, byTrace: map[string][]*evidence.Call{}, paths: map[string]bool{}}
	g.read(events)
	followed := g.judgeFollowed()
	if followed == 0 && !p.Failed() {
		return errors.New("drill traffic: no request uses an http dependency; see traffic.uses in golive.yaml")
	}
	fresh := g.judgeFresh()
	if !p.Failed() {
		p.Showf(check.Proven, "drill traffic, apart", "%d requests were passed on under their trace id with a new span id; %d malformed or absent ones started new traces", followed, fresh)
	}
	return nil
}

type propagation struct {
	*check.Pass
	requests []dated
	calls    []datedCall
	byTrace  map[string][]*evidence.Call // calls by the trace id that they carry
	paths    map[string]bool             // dependency, method and path of calls that belong to requests
}

type datedCall struct {
	at service.Duration
	*evidence.Call
}

func (g *propagation) read(events []evidence.Event) {
	for at, r := range evidence.Requests(events) {
		if r.Status != 0 {
			g.requests = append(g.requests, dated{at, r})
		}
	}
	for at, c := range evidence.Calls(events) {
		if c.Method == "" {
			continue
		}
		g.calls = append(g.calls, datedCall{at, c})
		if trace, _, ok := traceparent(c.Header["traceparent"]); ok {
			g.byTrace[c.Dependency+" "+trace] = append(g.byTrace[c.Dependency+" "+trace], c)
		}
	}
}

// traceparent takes a W3C traceparent of version 00 apart.
func traceparent(value string) (trace, span string, ok bool) {
	parts := strings.Split(value, "-")
	if len(parts) != 4 || parts[0] != "00" || len(parts[3]) != 2 || !isID(parts[1], 32) || !isID(parts[2], 16) {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// judgeFollowed judges the requests with a valid traceparent and returns how
// many were passed on.
func (g *propagation) judgeFollowed() int {
	followed := 0
	for _, r := range g.requests {
		if !isID(r.Trace, 32) {
			continue
		}
		for _, name := range r.Uses {
			dep := g.Service().Dependency(name)
			if dep == nil || !dep.IsHTTP() {
				continue
			}
			calls := g.byTrace[name+" "+r.Trace]
			if len(calls) == 0 {
				g.fail(fmt.Sprintf("%s with trace id %s: no call to %s carries it", r.Name, r.Trace, name), g.during(r, name))
				return followed
			}
			for _, c := range calls {
				g.paths[callPath(c)] = true
				if _, span, _ := traceparent(c.Header["traceparent"]); span == r.Parent {
					g.fail(fmt.Sprintf("%s: its call to %s has the span id %s that came in, not a new one", r.Name, name, span), c)
					return followed
				}
			}
			followed++
		}
	}
	return followed
}

// judgeFresh judges the requests whose traceparent was malformed or absent.
func (g *propagation) judgeFresh() int {
	fresh := 0
	for _, r := range g.requests {
		if isID(r.Trace, 32) {
			continue
		}
		for _, c := range g.calls {
			if c.at < r.at || c.at > r.at+r.Took || !slices.Contains(r.Uses, c.Dependency) || !g.paths[callPath(c.Call)] {
				continue
			}
			trace, _, ok := traceparent(c.Header["traceparent"])
			if !ok || strings.Contains(r.Trace, trace) {
				g.fail(fmt.Sprintf("%s with %s: its call to %s carries traceparent %q, not that of a new trace", r.Name, sent(r.Request), c.Dependency, c.Header["traceparent"]), c.Call)
				return fresh
			}
			fresh++
		}
	}
	return fresh
}

func sent(r *evidence.Request) string {
	if r.Trace == "" {
		return "no traceparent"
	}
	return "the " + r.Trace
}

// callPath tells calls of requests from others, such as the service's own
// health checks. Ids in paths are left out.
func callPath(c *evidence.Call) string {
	path, _, _ := strings.Cut(c.Path, "?")
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if strings.ContainsAny(s, "0123456789") {
			segments[i] = "*"
		}
	}
	return c.Dependency + " " + c.Method + " " + strings.Join(segments, "/")
}

// during returns a call to the dependency that was made while r was served.
func (g *propagation) during(r dated, dep string) *evidence.Call {
	for _, c := range g.calls {
		if c.Dependency == dep && c.at >= r.at && c.at <= r.at+r.Took {
			return c.Call
		}
	}
	return nil
}

func (g *propagation) fail(text string, c *evidence.Call) {
	e := check.Evidence{Rung: check.Proven, Where: "drill traffic, apart", Text: text}
	if c != nil {
		e.Detail = &check.Detail{Exchange: &check.Exchange{Request: c.Dependency + ": " + c.Method + " " + c.Path, Header: c.Header, Status: c.Status, Took: c.Took,
			Expected: "a traceparent with the request's trace id and a new span id"}}
	}
	g.Fail(e)
}
