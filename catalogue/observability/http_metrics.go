package observability

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// The labels under which instrumentations put the route, the status and the
// method of a request, in lower case: Prometheus clients, Micrometer,
// OpenTelemetry.
var (
	routeLabels  = []string{"route", "http_route", "path", "handler", "endpoint", "uri", "url", "url_path", "http_target", "path_template", "operation", "view", "action", "resource"}
	statusLabels = []string{"status", "code", "status_code", "http_status", "http_status_code", "http_response_status_code", "statuscode", "status_class", "class", "response_code"}
	methodLabels = []string{"method", "http_method", "http_request_method", "verb"}
)

// labelOf returns the value of the first of the labels that a series has.
func labelOf(s evidence.Series, names []string) (string, bool) {
	for _, name := range names {
		for key, value := range s.Labels {
			if strings.ToLower(key) == name {
				return value, true
			}
		}
	}
	return "", false
}

// requestFamilies returns the rises of the metrics that count the requests
// which the service serves: counters, histograms and summaries that rose, by
// the route or the status. Probes and scrapes are left out.
func requestFamilies(before, after *evidence.Scrape, svc *service.Service) []evidence.Family {
	var list, matching []evidence.Family
	for _, f := range evidence.Rise(before, after) {
		if f.Type == "gauge" || !aboutServing(f, svc) {
			continue
		}
		f.Series = slices.DeleteFunc(slices.Clone(f.Series), func(s evidence.Series) bool { return aboutProbes(s, svc.Endpoints) || countOf(f, s) == 0 })
		switch {
		case tells(f, svc):
			matching = append(matching, f)
		case labelled(f) && requestWords.MatchString(f.Name):
			list = append(list, f)
		}
	}
	if len(matching) == 0 {
		return list
	}
	// Where some know the service's routes, others with paths are about
	// other requests.
	list = slices.DeleteFunc(list, func(f evidence.Family) bool { return slices.ContainsFunc(routesOf(f), route.isPath) })
	return append(matching, list...)
}

// aboutCalls matches metrics of the calls that a service makes, which rise
// with its traffic too.
var aboutCalls = regexp.MustCompile(`client|outbound|outgoing|upstream|dependency|external|downstream`)

var requestWords = regexp.MustCompile(`(?i)http|request|response|route|endpoint|api|server`)

// aboutServing excludes metrics about the service's own calls, and about
// bodies' sizes, which have the same labels and count. The service's own name
// at the front says nothing.
func aboutServing(f evidence.Family, svc *service.Service) bool {
	own := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(strings.ToLower(svc.Name))
	name := strings.TrimPrefix(strings.ToLower(f.Name), own+"_")
	return !aboutCalls.MatchString(name) && !strings.Contains(name, "size") &&
		!strings.HasSuffix(name, "bytes") && !strings.HasPrefix(name, "promhttp_")
}

// labelled reports whether a family's series tell requests apart by route or
// status.
func labelled(f evidence.Family) bool {
	return len(routesOf(f)) > 0 || hasStatus(f)
}

// hasStatus reports whether a family tells answers apart by their status.
func hasStatus(f evidence.Family) bool {
	return slices.ContainsFunc(f.Series, func(s evidence.Series) bool {
		status, _ := labelOf(s, statusLabels)
		return statusClass(status) != ""
	})
}

func aboutProbes(s evidence.Series, ends service.Endpoints) bool {
	path, ok := labelOf(s, routeLabels)
	if !ok {
		return false
	}
	if i := strings.LastIndexByte(path, ' '); i >= 0 {
		path = path[i+1:] // "GET /livez"
	}
	base := ""
	if u, err := url.Parse(strings.ReplaceAll(ends.BaseURL(), "${port}", "80")); err == nil {
		base = strings.TrimSuffix(u.Path, "/")
	}
	path = strings.TrimSuffix(path, "/")
	for _, p := range []string{ends.Live, ends.Ready, ends.Metrics} {
		p, _, _ = strings.Cut(p, "?")
		p = strings.TrimSuffix(p, "/")
		if p != "" && (path == p || path == base+p) {
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

var units = []struct {
	words     []string
	perSecond float64
}{
	{[]string{"seconds", "s"}, 1},
	{[]string{"milliseconds", "millis", "ms"}, 1e3},
	{[]string{"microseconds", "micros", "us"}, 1e6},
}

// perSecond is what a histogram's values are divided by to be seconds: by its
// unit or its name and, where neither tells, by its edges, for nobody has one
// at 1,000 s.
func perSecond(f evidence.Family) float64 {
	words := strings.Split(strings.ToLower(f.Name+"_"+f.Unit), "_")
	for _, u := range units {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(u.words, w) }) {
			return u.perSecond
		}
	}
	for _, s := range f.Series {
		if n := len(s.Buckets); n > 0 && s.Buckets[n-1].Le >= 1000 {
			return 1e3
		}
	}
	return 1
}

func familyNames(families []evidence.Family) string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}
