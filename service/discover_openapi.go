package service

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// At most so many requests are proposed.
const trafficLimit = 20

// traffic proposes a request for each operation of the first OpenAPI
// document: those that are safe, and others whose document gives an example.
func (r *repository) traffic() {
	for name, doc := range r.documents("openapi", "paths") {
		if version := below(doc, "openapi"); version == nil || !strings.HasPrefix(version.Value, "3.") {
			continue
		}
		// A loader follows references within the document only.
		api, err := openapi3.NewLoader().LoadFromData(r.read(name))
		if err != nil {
			r.unread(name, oneLine(err.Error()))
			continue
		}
		r.operations(name, doc, api)
		return
	}
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func (r *repository) operations(file string, doc *yaml.Node, api *openapi3.T) {
	e := r.Service.Endpoints
	proposed := 0
	for _, path := range slices.Sorted(slices.Values(api.Paths.Keys())) {
		if item := api.Paths.Value(path); item != nil && !slices.Contains([]string{e.Live, e.Ready, e.Metrics}, path) {
			for _, method := range methods {
				if op := item.GetOperation(method); op != nil && proposed < trafficLimit {
					proposed++
					line := below(doc, "paths", path, strings.ToLower(method))
					r.operation(operation{op, method, path, prefix(api), slices.Concat(op.Parameters, item.Parameters)}, Origin{file, line.Line})
				}
			}
		}
	}
}

// operation is one of OpenAPI's, with the parameters of its path.
type operation struct {
	*openapi3.Operation
	method, path, prefix string
	parameters           openapi3.Parameters
}

// operation proposes the request of one operation, or leaves what its example
// lacks to the owner.
func (r *repository) operation(o operation, from Origin) {
	target, lacks := o.target()
	t := Traffic{Name: r.trafficName(o), Request: o.method + " " + target, Expect: o.expect()}
	if lacks == "" {
		t.JSON, lacks = o.body()
	}
	if lacks == "" && o.method == http.MethodDelete {
		lacks = "whether to send it: it deletes"
	}
	if lacks == "" && !t.sendable() {
		lacks = "a request that can be sent"
	}
	if lacks != "" {
		text := fmt.Sprintf("- {name: %s, request: %s, expect: %d}", quote(t.Name), quote(t.Request), t.Expect)
		r.blank("traffic", text, lacks+", see "+from.String())
		return
	}
	r.Service.Traffic = append(r.Service.Traffic, t)
	at := "traffic." + t.Name
	for _, key := range []string{"", ".name", ".request", ".json", ".expect"} {
		r.From[at+key] = from
	}
	if o.Security != nil && len(*o.Security) > 0 {
		r.blank(at, "headers: {Authorization: Bearer token}", "who asks, see "+from.String())
	}
}

// sendable reports whether a request can be written down and sent as it is.
func (t Traffic) sendable() bool {
	body := flow(t.JSON)
	var read any
	return methodAndPath.MatchString(t.Request) && !strings.Contains(t.Request+body, "${") &&
		len(body) < 16<<10 && yaml.Unmarshal([]byte(body), &read) == nil
}

// trafficName is the operation's id or, where that is taken, its method and
// path.
func (r *repository) trafficName(o operation) string {
	taken := func(t Traffic) bool { return t.Name == o.OperationID }
	if o.OperationID == "" || slices.ContainsFunc(r.Service.Traffic, taken) {
		return o.method + " " + o.path
	}
	return o.OperationID
}

// target returns the path and query with the examples of all that is
// required, or what lacks one.
func (o operation) target() (target, lacks string) {
	path, query, done := o.path, url.Values{}, map[string]bool{}
	for _, ref := range o.parameters {
		p := ref.Value
		if p == nil || done[p.In+p.Name] || !p.Required && p.In != "path" {
			continue
		}
		done[p.In+p.Name] = true
		text := fmt.Sprint(parameterExample(p))
		switch {
		case text == "<nil>" || text == "":
			return o.prefix + o.path, "an example of " + p.Name
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
		case p.In == "query":
			query.Set(p.Name, text)
		default:
			return o.prefix + o.path, "the " + p.In + " " + p.Name
		}
	}
	if strings.ContainsAny(path, "{}") {
		return o.prefix + o.path, "what stands for the parts of its path"
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return o.prefix + path, ""
}

// expect is the least status of success that the operation names.
func (o operation) expect() int {
	least := 300
	for code := range o.Responses.Map() {
		if n, err := strconv.Atoi(code); err == nil && n >= 200 {
			least = min(least, n)
		}
	}
	if least == 300 {
		return http.StatusOK
	}
	return least
}

// prefix is the path of the API's first server.
func prefix(api *openapi3.T) string {
	if len(api.Servers) == 0 || api.Servers[0] == nil {
		return ""
	}
	u, err := url.Parse(api.Servers[0].URL)
	if err != nil || strings.ContainsAny(u.Path, "{}") {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}

// below returns the key of a mapping in a document, down a way of keys, or
// the last node on that way.
func below(n *yaml.Node, way ...string) *yaml.Node {
	var found *yaml.Node
	for depth, key := range way {
		n = resolve(n)
		at := -1
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				at = i
			}
		}
		if at < 0 {
			return found
		}
		found, n = n.Content[at], n.Content[at+1]
		if depth == len(way)-1 && n.Kind == yaml.ScalarNode {
			return n
		}
	}
	return found
}
