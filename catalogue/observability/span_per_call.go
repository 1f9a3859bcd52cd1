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
	ID:    "observability/span-per-call",
	Title: "Each external call is a client span in the tree of its request",
	Why: `A trace without the calls shows that a request was slow and not where. With a span for each,
the slow database and the retried upstream are seen at a glance.`,
	Gate:  check.FollowUp,
	Needs: check.Proven,
	How: `The drill traffic sends requests with sampled traceparents and collects, with an OTLP/HTTP
receiver, what the service exports. Each call of a request that the proxies saw must have a
client span: that of the span id in its traceparent, or else one more to that dependency, told
by its address, its system or its name. Connections of databases and the like do not tell whose
calls they carry: of each traffic that uses one, a tree must hold a client (or producer) span to
it. A span counts when its parents lead up to the span id that was sent. A service that exports
nothing fails: it is told of the receiver by OTEL_EXPORTER_OTLP_ENDPOINT, as any SDK is,
and the tree of a call that was seen, without a span, is whole evidence, not a lack of it.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic")},
	Judge: judgeSpans,
	Remedy: check.Remedy{Text: `Instrument each client – HTTP, SQL, cache, queue – with OpenTelemetry's instrumentation for
it, hand it the request's context, and export by OTLP over HTTP to
OTEL_EXPORTER_OTLP_ENDPOINT; where the exporter is configured otherwise, put ${otlp.url} into
run.env of golive.yaml. Follow the sampled flag of the caller (a parent-based sampler).`},
})

func judgeSpans(p *check.Pass) error {
	svc := p.Service()
	if len(svc.Dependencies) == 0 {
		if len(svc.Traffic) == 0 {
			return errors.New("golive.yaml declares neither traffic nor dependencies; add both for the drill traffic")
		}
		p.NotApplicable("golive.yaml declares no dependencies that could be called")
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
	f := newForest(svc, events)
	if len(f.requests) == 0 {
		return errors.New("drill traffic, apart: no request that uses a dependency was answered as it should be; see traffic.uses in golive.yaml")
	}
	if text, t := f.bare(); text != "" {
		p.Fail(check.Evidence{Rung: check.Proven, Where: "drill traffic, apart", Text: text, Detail: t.table()})
		return nil
	}
	return f.judgeUsed(p)
}

// forest holds the trees of a trial's requests against their calls.
type forest struct {
	svc      *service.Service
	peers    map[string]string // host:port of each dependency, by name
	requests []dated           // with a trace of ours, uses, and the answer that they want
	spans    int               // that were exported, of any trace
	byTrace  map[string][]*evidence.Span
	calls    map[string][]*evidence.Call // of HTTP dependencies, by the trace that they carry
}

func newForest(svc *service.Service, events []evidence.Event) forest {
	f := forest{svc: svc, byTrace: map[string][]*evidence.Span{}, calls: map[string][]*evidence.Call{}}
	if _, started, ok := evidence.InState(events, evidence.Started); ok {
		f.peers = started.Peers
	}
	for _, r := range answeredIn(events, "apart", "together") {
		if r.OK() && isID(r.Trace, 32) && len(r.Uses) > 0 {
			f.requests = append(f.requests, r)
		}
	}
	for _, s := range evidence.Spans(events) {
		f.spans++
		f.byTrace[s.Trace] = append(f.byTrace[s.Trace], s)
	}
	for _, c := range evidence.Calls(events) {
		if trace, _, ok := traceparent(c.Header["traceparent"]); ok {
			f.calls[trace] = append(f.calls[trace], c)
		}
	}
	return f
}

// bare finds a request whose tree lacks the span of a call, and says so.
func (f forest) bare() (text string, t tree) {
	if f.spans == 0 {
		return fmt.Sprintf("the OTLP receiver, whose address is in OTEL_EXPORTER_OTLP_ENDPOINT, got no span while %d requests were answered", len(f.requests)), t
	}
	if !slices.ContainsFunc(f.requests, f.traced) {
		return fmt.Sprintf("%d spans were exported, and none in the trace of any of %d requests, whose traceparents were valid and sampled", f.spans, len(f.requests)), t
	}
	for _, r := range f.requests {
		if !f.traced(r) {
			continue // a sampler that does not ask the caller
		}
		t := f.tree(r)
		for _, c := range f.calls[r.Trace] {
			if why := t.claim(c); why != "" {
				return fmt.Sprintf("%s with trace id %s: its call %s %s to %s %s", r.Name, r.Trace, c.Method, c.Path, c.Dependency, why), t
			}
		}
	}
	return "", t
}

func (f forest) traced(r dated) bool { return len(f.byTrace[r.Trace]) > 0 }

// judgeUsed looks, for each traffic, for spans to the dependencies that it
// uses.
func (f forest) judgeUsed(p *check.Pass) error {
	var undecided []error
	for _, dep := range f.svc.Dependencies {
		for _, tr := range f.svc.Traffic {
			if !slices.Contains(tr.Uses, dep.Name) {
				continue
			}
			trees, found := f.spansTo(tr.Name, dep)
			switch {
			case len(trees) == 0:
				undecided = append(undecided, fmt.Errorf("drill traffic, apart: no request of %s was traced", tr.Name))
			case found > 0:
				p.Showf(check.Proven, "drill traffic, apart", "%d of %d trees of %s hold a client span to %s", found, len(trees), tr.Name, dep.Name)
			case dep.IsHTTP() && len(f.callsTo(tr.Name, dep.Name)) == 0:
				undecided = append(undecided, fmt.Errorf("drill traffic, apart: no call of %s to %s was seen", tr.Name, dep.Name))
			default:
				p.Fail(check.Evidence{Rung: check.Proven, Where: "drill traffic, apart", Detail: trees[0].table(),
					Text: fmt.Sprintf("%s uses %s, and none of its %d trees holds a client span to it", tr.Name, dep.Name, len(trees))})
			}
		}
	}
	return errors.Join(undecided...)
}

// spansTo returns the trees of a traffic, and in how many of them a span leads
// to the dependency.
func (f forest) spansTo(traffic string, dep service.Dependency) (trees []tree, found int) {
	for _, r := range f.requests {
		if r.Name != traffic || !f.traced(r) {
			continue
		}
		t := f.tree(r)
		for _, c := range f.calls[r.Trace] {
			if c.Dependency != dep.Name {
				t.claim(c)
			}
		}
		if slices.ContainsFunc(f.calls[r.Trace], func(c *evidence.Call) bool { return c.Dependency == dep.Name }) || t.leadsTo(dep) {
			found++
		}
		trees = append(trees, t)
	}
	return trees, found
}

// callsTo returns the calls of a traffic that carry its requests' traces.
func (f forest) callsTo(traffic, dep string) (calls []*evidence.Call) {
	for _, r := range f.requests {
		for _, c := range f.calls[r.Trace] {
			if r.Name == traffic && c.Dependency == dep {
				calls = append(calls, c)
			}
		}
	}
	return calls
}

// tree is the spans of one request.
type tree struct {
	forest
	request dated
	spans   []*evidence.Span
	claimed map[string]bool // ids of spans that are those of calls
}

func (f forest) tree(r dated) tree {
	return tree{f, r, f.byTrace[r.Trace], map[string]bool{}}
}

// claim finds the span of a call and takes it; else it says what is wrong.
func (t tree) claim(c *evidence.Call) (why string) {
	_, id, _ := traceparent(c.Header["traceparent"])
	dep := service.Dependency{Name: c.Dependency, Kind: service.HTTP}
	var best *evidence.Span
	for _, s := range t.spans {
		exact := s.Span == id
		if !isCall(s) || !exact && (t.claimed[s.Span] || t.carried(s.Span) || t.target(s, dep) == elsewhere) {
			continue
		}
		if best == nil || exact {
			best = s
		}
	}
	switch {
	case best == nil:
		return "has no client span; its tree holds " + t.told()
	case !t.hangsOn(best):
		return fmt.Sprintf("has the client span %s, whose parents do not lead up to the span id %s that was sent", best.Name, t.request.Parent)
	}
	t.claimed[best.Span] = true
	return ""
}

// carried reports whether a call carries the span's id: then it is that call's.
func (t tree) carried(span string) bool {
	return slices.ContainsFunc(t.calls[t.request.Trace], func(c *evidence.Call) bool {
		_, id, _ := traceparent(c.Header["traceparent"])
		return id == span
	})
}

// leadsTo reports whether a span that is no other call's is one to dep.
func (t tree) leadsTo(dep service.Dependency) bool {
	return slices.ContainsFunc(t.spans, func(s *evidence.Span) bool {
		return isCall(s) && !t.claimed[s.Span] && t.target(s, dep) != elsewhere && t.hangsOn(s)
	})
}

// hangsOn reports whether the parents of a span lead up to the one sent.
func (t tree) hangsOn(s *evidence.Span) bool {
	for range len(t.spans) + 1 {
		if s.Parent == t.request.Parent {
			return true
		}
		i := slices.IndexFunc(t.spans, func(other *evidence.Span) bool { return other.Span == s.Parent })
		if i < 0 {
			return false
		}
		s = t.spans[i]
	}
	return false
}

// told lists the spans of a tree, at most a handful.
func (t tree) told() string {
	const most = 6
	var words []string
	for _, s := range t.spans[:min(most, len(t.spans))] {
		words = append(words, s.Kind+" "+s.Name)
	}
	if more := len(t.spans) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

func isCall(s *evidence.Span) bool { return s.Kind == "client" || s.Kind == "producer" }

func (t tree) table() *check.Detail {
	if len(t.spans) == 0 {
		return nil
	}
	table := &check.Table{Columns: []string{"span", "kind", "id", "parent"}}
	for _, s := range t.spans {
		table.Rows = append(table.Rows, []string{s.Name, s.Kind, s.Span, s.Parent})
	}
	return &check.Detail{Table: table}
}
