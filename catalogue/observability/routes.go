package observability

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// route is what a series says about the requests that it counts. It may be a
// path, a template of paths, or the name of a handler.
type route struct{ method, path string }

func (r route) String() string { return strings.TrimSpace(r.method + " " + r.path) }

func (r route) isPath() bool { return strings.Contains(r.path, "/") }

// routesOf returns what the series of a family tell apart, sorted.
func routesOf(f evidence.Family) []route {
	var list []route
	for _, s := range f.Series {
		path, ok := labelOf(s, routeLabels)
		if !ok || path == "" {
			continue
		}
		method, _ := labelOf(s, methodLabels)
		if first, rest, ok := strings.Cut(path, " "); ok && strings.ToUpper(first) == first && strings.Contains(rest, "/") {
			method, path = first, rest // net/http's patterns: "GET /orders"
		}
		if r := (route{strings.ToUpper(method), path}); !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b route) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// told lists routes, at most a handful: labels that grow make thousands.
func told(list []route) string {
	const most = 6
	var words []string
	for _, r := range list[:min(most, len(list))] {
		words = append(words, r.String())
	}
	if more := len(list) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

// endpointsOf returns the distinct endpoints of the declared traffic, with {}
// for what looks like an id.
func endpointsOf(s *service.Service) []route {
	var list []route
	for _, tr := range s.Traffic {
		path, _, _ := strings.Cut(tr.Path(), "?")
		segments := strings.Split(path, "/")
		for i, seg := range segments {
			if strings.ContainsAny(seg, "0123456789$") {
				segments[i] = "{}"
			}
		}
		if e := (route{tr.Method(), strings.Join(segments, "/")}); !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// tells reports whether a family knows a route of the declared traffic.
func tells(f evidence.Family, svc *service.Service) bool {
	for _, r := range routesOf(f) {
		for _, e := range endpointsOf(svc) {
			if match, _ := r.serves(e); match {
				return true
			}
		}
	}
	return false
}

// untold returns the endpoints of the traffic that a family does not tell from
// another. Where its routes cannot be compared with paths – names of handlers,
// paths below a mount point – that there are as many must do.
func untold(f evidence.Family, endpoints []route) []route {
	routes := routesOf(f)
	var missing []route
	taken := map[route]route{} // by route: the endpoint that it was found for
	for _, e := range endpoints {
		found := false
		for _, r := range routes {
			match, exact := r.serves(e)
			other, shared := taken[r]
			// Two paths of one template are one endpoint; two methods
			// are not, nor is all that a catch-all serves.
			if match && (!shared || exact && other.method == e.method) {
				taken[r], found = e, true
				break
			}
		}
		if !found {
			missing = append(missing, e)
		}
	}
	if len(taken) == 0 {
		return endpoints[min(len(routes), len(endpoints)):]
	}
	return missing
}

// group matches a group of a regular expression, which Django's routes are.
var group = regexp.MustCompile(`\((?:[^()]|\([^()]*\))*\)`)

// serves reports whether the endpoint's requests are counted under r, and
// whether exactly: not because r is for all that lies below a path.
func (r route) serves(e route) (match, exact bool) {
	if !r.isPath() || r.method != "" && r.method != e.method {
		return false, false
	}
	path := strings.TrimSuffix(strings.TrimPrefix(group.ReplaceAllString(r.path, "{}"), "^"), "$")
	path, _, _ = strings.Cut(path, " ") // what somebody put behind it
	have, want := segmentsOf(path), segmentsOf(e.path)
	for i, seg := range have {
		if catchesAll(seg) && i == len(have)-1 {
			return i <= len(want), false
		}
		if i >= len(want) || seg != want[i] && !isParameter(seg) && want[i] != "{}" {
			return false, false
		}
	}
	return len(have) == len(want), true
}

func segmentsOf(path string) []string {
	return strings.Split(strings.Trim(path, "/"), "/")
}

// isParameter recognises {id}, :id, <int:id>, [id] and *.
func isParameter(segment string) bool {
	return segment != "" && strings.ContainsAny(segment[:1], "{:<[*$")
}

// catchesAll recognises **, *path, {path...} and {*path}.
func catchesAll(segment string) bool {
	return strings.HasPrefix(segment, "*") || strings.HasSuffix(segment, "...}") || strings.HasPrefix(segment, "{*")
}
