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
and has a label for the route that tells the endpoints of the declared traffic apart, a metric
of requests with a label for the status, and a metric of CPU, memory, pools or requests in
flight.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic"), live.ScrapeKind},
	Judge: judgeGolden,
	Remedy: check.Remedy{Text: `Wrap the router in one middleware that observes a histogram of seconds with labels method,
route (the template, never the path) and status, and expose the runtime's own metrics:
client_golang's collectors, prom-client's or micrometer's defaults, OpenTelemetry's
http.server.request.duration.`},
})

func judgeGolden(p *check.Pass) error {
	m, err := metricsOf(p)
	if err != nil {
		return err
	}
	if why := unreadable(m.after, p.Service().Endpoints); why != "" {
		p.Failf(check.Observed, m.where, "%s", why)
		return nil
	}
	families := requestFamilies(m.before, m.after, p.Service())
	switch {
	case len(families) > 0:
		err = judgeLatency(p, m, families)
		judgeErrors(p, m, families)
	case m.looked:
		err = m.uncounted()
	default:
		p.Fail(check.Evidence{Rung: check.Observed, Where: m.where, Detail: familyTable(m.after.Families),
			Text: fmt.Sprintf("none of %d metrics counts requests by route or status", len(m.after.Families))})
	}
	judgeSaturation(p, m)
	return err
}

func judgeLatency(p *check.Pass, m scraped, families []evidence.Family) error {
	histograms := latencies(families)
	if len(histograms) == 0 {
		p.Fail(check.Evidence{Rung: check.Observed, Where: m.where, Detail: familyTable(families),
			Text: "latency: no histogram of requests; " + familyNames(families) + " only counts"})
		return nil
	}
	endpoints := endpointsOf(p.Service())
	best := slices.MinFunc(histograms, func(a, b evidence.Family) int { return len(untold(a, endpoints)) - len(untold(b, endpoints)) })
	routes, missing := routesOf(best), untold(best, endpoints)
	switch {
	case len(routes) == 0:
		p.Failf(check.Observed, m.where, "latency: %s has no label for the route", familyNames(histograms))
	case len(missing) > 0 && m.looked:
		return m.uncounted()
	case len(missing) > 0:
		p.Failf(check.Observed, m.where, "latency: %s does not tell %s apart from other endpoints; its routes are %s", best.Name, told(missing), told(routes))
	default:
		p.Showf(check.Observed, m.where, "latency and traffic: %s, %d endpoints (%s)", best.Name, len(routes), told(routes))
	}
	return nil
}

func judgeErrors(p *check.Pass, m scraped, families []evidence.Family) {
	for _, f := range families {
		if hasStatus(f) {
			p.Showf(check.Observed, m.where, "errors: %s has a label for the status", f.Name)
			return
		}
	}
	p.Failf(check.Observed, m.where, "errors: none of %s has a label for the status", familyNames(families))
}

// saturation matches the metrics that show how full a service is, by whole
// words: neither downloads nor payloads are a load.
var saturation = regexp.MustCompile(`(?i)(^|_)(cpu|memory|mem|rss|heap|resident|memstats|in_?flight|concurren(t|cy)|pools?|queued?|queue_(size|length)|backlog|` +
	`connections?|conns|active_requests|requests_active|goroutines|threads?|workers|fds|eventloop|event_loop|load|load1|utilization|saturation|busy)(_|$)`)

func judgeSaturation(p *check.Pass, m scraped) {
	var names []string
	for _, f := range m.after.Families {
		if saturation.MatchString(f.Name) {
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
