package observability

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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
traceparent must change no answer and start a new trace (W3C Trace Context).`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	Judge: judgePropagation,
	Remedy: check.Remedy{Text: `Make every outgoing call through one client that writes traceparent from the request's
context: otelhttp's transport, or 00-<trace id>-<new span id>-<flags> by hand. Validate what
comes in: 32 and 16 lower-case hex digits, not all zero, version not ff; else a new trace.`},
})

func judgePropagation(p *check.Pass) error {
	svc := p.Service()
	var undecided []error
	if i := slices.IndexFunc(svc.Dependencies, func(d service.Dependency) bool { return d.Kind == service.GRPC }); i >= 0 {
		undecided = append(undecided, fmt.Errorf("%s speaks gRPC, whose metadata golive cannot read; show by hand that it gets the traceparent", svc.Dependencies[i].Name))
	}
	if !slices.ContainsFunc(svc.Dependencies, service.Dependency.IsHTTP) {
		if len(svc.Traffic) == 0 {
			return errors.New("golive.yaml declares no traffic and no http dependency; add both for the drill traffic")
		}
		p.NotApplicable("golive.yaml declares no http dependency to pass a trace on to")
		return errors.Join(undecided...)
	}
	rec, err := p.Drill("traffic")
	if err != nil {
		return err
	}
	events, err := p.Trial(rec, "apart")
	if err != nil {
		return err
	}
	g := propagation{Pass: p, byTrace: map[string][]*evidence.Call{}, paths: map[string]bool{}, followed: map[string]int{}}
	g.read(events)
	g.judgeFollowed()
	if p.Failed() {
		return nil
	}
	for _, dep := range svc.Dependencies {
		if dep.IsHTTP() && g.followed[dep.Name] == 0 {
			undecided = append(undecided, fmt.Errorf("drill traffic: no request was seen to call %s; see traffic.uses in golive.yaml", dep.Name))
		} else if dep.IsHTTP() {
			p.Showf(check.Proven, "drill traffic, apart", "%d requests were passed on to %s under their trace id with a new span id", g.followed[dep.Name], dep.Name)
		}
	}
	return errors.Join(append(undecided, g.judgeFresh())...)
}

// propagation holds the calls at the proxies against the requests that caused
// them.
type propagation struct {
	*check.Pass
	requests []dated
	calls    []datedCall
	byTrace  map[string][]*evidence.Call // calls by the dependency and the trace id that they carry
	paths    map[string]bool             // dependency, method and path of calls that belong to requests
	followed map[string]int              // by dependency: the requests that were passed on
}

type datedCall struct {
	at service.Duration
	*evidence.Call
}

func (g *propagation) read(events []evidence.Event) {
	g.requests = requestsOf(events)
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

// judgeFollowed judges the requests with a valid traceparent, up to the first
// that was not passed on. One that made no call at all, as when its answer
// came from a cache, is no case of it, nor is one that failed before it could.
func (g *propagation) judgeFollowed() {
	for _, r := range g.requests {
		for _, name := range r.Uses {
			dep := g.Service().Dependency(name)
			if !isID(r.Trace, 32) || !r.OK() || dep == nil || !dep.IsHTTP() {
				continue
			}
			calls := g.byTrace[name+" "+r.Trace]
			if len(calls) > 0 {
				g.followed[name]++
			} else if c := g.ownCall(r, name); c != nil {
				g.fail(fmt.Sprintf("%s with trace id %s: its call %s %s to %s carries traceparent %q", r.Name, r.Trace, c.Method, c.Path, name, c.Header["traceparent"]), c)
				return
			}
			for _, c := range calls {
				g.paths[callPath(c)] = true
				if _, span, _ := traceparent(c.Header["traceparent"]); span == r.Parent {
					g.fail(fmt.Sprintf("%s: its call to %s has the span id %s that came in, not a new one", r.Name, name, span), c)
					return
				}
			}
		}
	}
}

// ownCall returns a call to the dependency that was made while r was served
// and whose like is never made while nobody is: not a health check.
func (g *propagation) ownCall(r dated, dep string) *evidence.Call {
	for _, c := range g.calls {
		if c.Dependency == dep && r.during(c.at, 0) && !g.background(callPath(c.Call)) {
			return c.Call
		}
	}
	return nil
}

func (g *propagation) background(path string) bool {
	const late = 20 * time.Millisecond
	return slices.ContainsFunc(g.calls, func(c datedCall) bool {
		return callPath(c.Call) == path && !slices.ContainsFunc(g.requests, func(r dated) bool { return r.during(c.at, late) })
	})
}

// judgeFresh judges the requests whose traceparent was malformed or absent.
func (g *propagation) judgeFresh() error {
	fresh := 0
	for _, r := range g.requests {
		if isID(r.Trace, 32) {
			continue
		}
		if !r.OK() {
			g.fail(fmt.Sprintf("%s with %s: %s; a receiver must ignore it", r.Name, sent(r.Request), became(r.Request)), nil)
			return nil
		}
		for _, c := range g.calls {
			if !r.during(c.at, 0) || !slices.Contains(r.Uses, c.Dependency) || !g.paths[callPath(c.Call)] {
				continue
			}
			if why := g.notFresh(r, c.Call); why != "" {
				g.fail(fmt.Sprintf("%s with %s: its call to %s carries traceparent %q, %s", r.Name, sent(r.Request), c.Dependency, c.Header["traceparent"], why), c.Call)
				return nil
			}
			fresh++
		}
	}
	if fresh == 0 {
		return errors.New("drill traffic: no call was seen of a request whose traceparent was malformed or absent")
	}
	g.Showf(check.Proven, "drill traffic, apart", "%d calls of requests whose traceparent was malformed or absent started new traces", fresh)
	return nil
}

// notFresh says why a call does not belong to a new trace, "" when it does.
func (g *propagation) notFresh(r dated, c *evidence.Call) string {
	trace, _, ok := traceparent(c.Header["traceparent"])
	switch {
	case !ok:
		return "not that of a new trace"
	case strings.Contains(r.Trace, trace):
		return "the trace id of what must be ignored"
	case slices.ContainsFunc(g.requests, func(other dated) bool { return other.Trace == trace }):
		return "the trace id of another request"
	}
	return ""
}

func became(r *evidence.Request) string {
	switch {
	case r.Status == 0:
		return "no answer (" + r.Error + ")"
	case r.Error != "":
		return fmt.Sprintf("answered %d, then %s", r.Status, r.Error)
	}
	return fmt.Sprintf("answered %d, expected %d", r.Status, r.Want)
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

func (g *propagation) fail(text string, c *evidence.Call) {
	e := check.Evidence{Rung: check.Proven, Where: "drill traffic, apart", Text: text}
	if c != nil {
		e.Detail = &check.Detail{Exchange: &check.Exchange{Request: c.Dependency + ": " + c.Method + " " + c.Path, Header: c.Header, Status: c.Status, Took: c.Took,
			Expected: "a traceparent with the request's trace id and a new span id"}}
	}
	g.Fail(e)
}
