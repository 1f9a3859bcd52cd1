package observability

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/live"
)

var _ = check.Register(check.Check{
	ID:    "observability/golden-signals",
	Title: "Latency, traffic, errors and saturation are measured, per endpoint",
	Why: `These four tell whether users are served. Without one of them an outage is noticed by the
users first.`,
	Gate:  check.GoLive,
	Needs: check.Observed,
	How: `The metrics are read before and after declared traffic (endpoints.metrics in Prometheus or
OpenMetrics text, or pushed by OTLP). There must be a histogram that rises with the requests
and has a label for the route, as many routes as the declared traffic has endpoints, a metric
of requests with a label for the status, and a metric of CPU, memory, pools or requests in
flight.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic"), live.ScrapeKind},
	Judge: judgeGolden,
	Remedy: check.Remedy{Text: `Wrap the router in one middleware that observes a histogram of seconds with labels method,
route (the template, never the path) and status, and expose the runtime's own metrics:
client_golang's collectors, prom-client's or micrometer's defaults, OpenTelemetry's
http.server.request.duration.`},
})

// saturation matches the metrics that show how full a service is.
var saturation = regexp.MustCompile(`cpu|memory|resident|heap|rss|in_?flight|active|concurren|pool|queue|connections|goroutines|threads|fds|eventloop|load|saturation|busy`)

func judgeGolden(p *check.Pass) error {
	m, err := metricsOf(p)
	if err != nil {
		return err
	}
	if why := unreadable(m.after, p.Service().Endpoints); why != "" {
		p.Failf(check.Observed, m.where, "%s", why)
		return nil
	}
	families := requestFamilies(m.before, m.after, p.Service().Endpoints)
	if len(families) == 0 {
		p.Fail(check.Evidence{Rung: check.Observed, Where: m.where, Detail: familyTable(m.after.Families),
			Text: fmt.Sprintf("none of %d metrics counts requests by route or status", len(m.after.Families))})
		return nil
	}
	judgeLatency(p, m, families)
	judgeErrors(p, m, families)
	judgeSaturation(p, m)
	return nil
}

func judgeLatency(p *check.Pass, m observedMetrics, families []evidence.Family) {
	var best []string
	for _, f := range latencies(families) {
		if r := routes(f); len(r) > len(best) {
			best = r
		}
	}
	want := endpointsOf(p.Service())
	switch {
	case len(latencies(families)) == 0:
		p.Fail(check.Evidence{Rung: check.Observed, Where: m.where, Detail: familyTable(families),
			Text: "latency: no histogram of requests; " + familyNames(families) + " only counts"})
	case len(best) == 0:
		p.Failf(check.Observed, m.where, "latency: %s has no label for the route", familyNames(latencies(families)))
	case len(best) < len(want):
		p.Failf(check.Observed, m.where, "latency: %d endpoints had traffic (%s), but %s tells only %d apart (%s)",
			len(want), strings.Join(want, ", "), familyNames(latencies(families)), len(best), strings.Join(best, ", "))
	default:
		p.Showf(check.Observed, m.where, "latency and traffic: %s, %d endpoints (%s)", familyNames(latencies(families)), len(best), strings.Join(best, ", "))
	}
}

func judgeErrors(p *check.Pass, m observedMetrics, families []evidence.Family) {
	for _, f := range families {
		withStatus := slices.ContainsFunc(f.Series, func(s evidence.Series) bool {
			_, ok := labelOf(s, statusLabels)
			return ok
		})
		if withStatus {
			p.Showf(check.Observed, m.where, "errors: %s has a label for the status", f.Name)
			return
		}
	}
	p.Failf(check.Observed, m.where, "errors: none of %s has a label for the status", familyNames(families))
}

func judgeSaturation(p *check.Pass, m observedMetrics) {
	var names []string
	for _, f := range m.after.Families {
		if saturation.MatchString(strings.ToLower(f.Name)) {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		p.Fail(check.Evidence{Rung: check.Observed, Where: m.where, Detail: familyTable(m.after.Families),
			Text: "saturation: no metric of CPU, memory, pools or requests in flight"})
		return
	}
	const most = 4
	p.Showf(check.Observed, m.where, "saturation: %s", strings.Join(names[:min(most, len(names))], ", "))
}

// familyTable lists what there is instead of what is missing.
func familyTable(families []evidence.Family) *check.Detail {
	t := &check.Table{Columns: []string{"metric", "type", "series"}}
	const most = 20
	for _, f := range families[:min(most, len(families))] {
		t.Rows = append(t.Rows, []string{f.Name, f.Type, fmt.Sprint(len(f.Series))})
	}
	return &check.Detail{Table: t}
}
