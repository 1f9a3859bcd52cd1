package observability

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/live"
	"github.com/golive-dev/golive/service"
)

// The labels under which instrumentations put the route and the status of a
// request, in lower case: Prometheus clients, Micrometer, OpenTelemetry.
var (
	routeLabels  = []string{"route", "http_route", "path", "handler", "endpoint", "uri", "url", "url_path", "http_target", "operation", "view", "resource", "path_template"}
	statusLabels = []string{"status", "code", "status_code", "http_status", "http_status_code", "http_response_status_code", "statuscode", "status_class", "class", "response_code"}
	methodLabels = []string{"method", "http_method", "http_request_method", "verb"}
)

// aboutCalls matches metrics of the calls that a service makes, which rise
// with its traffic too.
var aboutCalls = regexp.MustCompile(`client|outbound|outgoing|upstream|dependency|external|downstream`)

func labelOf(s evidence.Series, names []string) (string, bool) {
	for key, value := range s.Labels {
		if slices.Contains(names, strings.ToLower(key)) {
			return value, true
		}
	}
	return "", false
}

// observedMetrics is a scrape and, where a drill made it, the one before its
// traffic.
type observedMetrics struct {
	where         string
	before, after *evidence.Scrape
}

// metricsOf returns the metrics of the drill traffic, or else those of a
// running service that was only looked at.
func metricsOf(p *check.Pass) (observedMetrics, error) {
	for _, item := range evidence.All[evidence.Scrape](p.Set, live.ScrapeKind) {
		return usable(observedMetrics{where: item.Source.String(), after: &item.Data})
	}
	rec, err := p.Drill("traffic")
	if err != nil {
		return observedMetrics{}, err
	}
	events, err := p.Trial(rec, "load")
	if err != nil {
		return observedMetrics{}, err
	}
	m := observedMetrics{where: "drill traffic, load"}
	_, m.before, _ = evidence.First(evidence.Scrapes(events, "before"))
	_, m.after, _ = evidence.First(evidence.Scrapes(events, "after"))
	return usable(m)
}

func usable(m observedMetrics) (observedMetrics, error) {
	if m.after == nil {
		return m, errors.New(m.where + ": the metrics were not read")
	}
	return m, nil
}

// unreadable says why a scrape holds no metrics, "" when it holds some.
func unreadable(s *evidence.Scrape, ends service.Endpoints) string {
	from := "GET " + ends.Metrics
	if ends.Metrics == "" {
		from = "no metrics endpoint is declared (endpoints.metrics), and OTLP"
	}
	switch {
	case s.Error != "":
		return fmt.Sprintf("%s: %s", from, s.Error)
	case s.Via == "" && s.Status != 200:
		return fmt.Sprintf("%s answered %d", from, s.Status)
	case len(s.Families) == 0:
		return from + " brought no metrics"
	}
	return ""
}

// requestFamilies returns the rises of the metrics that count the requests
// which the service serves: counters, histograms and summaries with a label
// for the route or the status that rose. Probes and scrapes are left out.
func requestFamilies(before, after *evidence.Scrape, ends service.Endpoints) []evidence.Family {
	var list []evidence.Family
	for _, f := range evidence.Rise(before, after) {
		if f.Type == "gauge" || aboutCalls.MatchString(strings.ToLower(f.Name)) {
			continue
		}
		f.Series = slices.DeleteFunc(slices.Clone(f.Series), func(s evidence.Series) bool { return aboutProbes(s, ends) || countOf(f, s) == 0 })
		labelled := slices.ContainsFunc(f.Series, func(s evidence.Series) bool {
			_, route := labelOf(s, routeLabels)
			status, has := labelOf(s, statusLabels)
			return (route || has && statusClass(status) != "") && aboutRequests(f)
		})
		if labelled {
			list = append(list, f)
		}
	}
	return list
}

var requestWords = regexp.MustCompile(`http|request|response|route|endpoint|api|server`)

// aboutRequests excludes metrics about bodies' sizes, which have the same
// labels and count.
func aboutRequests(f evidence.Family) bool {
	name := strings.ToLower(f.Name)
	return requestWords.MatchString(name) && !strings.Contains(name, "size") && !strings.HasSuffix(name, "bytes") && !strings.HasPrefix(name, "promhttp_")
}

func aboutProbes(s evidence.Series, ends service.Endpoints) bool {
	route, ok := labelOf(s, routeLabels)
	if !ok {
		return false
	}
	for _, path := range []string{ends.Live, ends.Ready, ends.Metrics} {
		if path != "" && (route == path || strings.HasSuffix(route, " "+path)) {
			return true
		}
	}
	return false
}

// countOf returns how many events a series counts.
func countOf(f evidence.Family, s evidence.Series) float64 {
	if f.Type == "histogram" || f.Type == "summary" {
		return s.Count
	}
	return s.Value
}

// statusClass returns 2xx for 200, "200" and 2XX, and "" for what is no
// status.
func statusClass(status string) string {
	status = strings.ToLower(strings.TrimSpace(status))
	if len(status) != 3 || status[0] < '1' || status[0] > '5' {
		return ""
	}
	if rest := status[1:]; rest == "xx" || strings.Trim(rest, "0123456789") == "" {
		return status[:1] + "xx"
	}
	return ""
}

// latencies returns the histograms among the request families.
func latencies(families []evidence.Family) []evidence.Family {
	return slices.DeleteFunc(slices.Clone(families), func(f evidence.Family) bool { return f.Type != "histogram" })
}

// perSecond is what a histogram's values are divided by to be seconds.
func perSecond(f evidence.Family) float64 {
	switch name := strings.ToLower(f.Name); {
	case strings.HasSuffix(name, "_milliseconds"), strings.HasSuffix(name, "_ms"), strings.HasSuffix(name, "_millis"):
		return 1e3
	case strings.HasSuffix(name, "_microseconds"), strings.HasSuffix(name, "_us"):
		return 1e6
	}
	return 1
}

// routes returns the endpoints that the series of a family tell apart.
func routes(f evidence.Family) []string {
	var list []string
	for _, s := range f.Series {
		route, ok := labelOf(s, routeLabels)
		if !ok {
			continue
		}
		if method, ok := labelOf(s, methodLabels); ok && !strings.HasPrefix(route, method+" ") {
			route = method + " " + route
		}
		if !slices.Contains(list, route) {
			list = append(list, route)
		}
	}
	slices.Sort(list)
	return list
}

// endpointsOf returns the distinct endpoints of the declared traffic: method
// and path, with ids left out.
func endpointsOf(s *service.Service) []string {
	var list []string
	for _, tr := range s.Traffic {
		path, _, _ := strings.Cut(tr.Path(), "?")
		segments := strings.Split(path, "/")
		for i, seg := range segments {
			if strings.ContainsAny(seg, "0123456789$") {
				segments[i] = "{}"
			}
		}
		if e := tr.Method() + " " + strings.Join(segments, "/"); !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

func familyNames(families []evidence.Family) string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}
