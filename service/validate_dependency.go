package service

import (
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// A name that can stand in ${name.url} and in the name of a trial.
var dependencyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (v validator) dependencyNames() []string {
	list := make([]string, len(v.Dependencies))
	for i, d := range v.Dependencies {
		list[i] = d.Name
	}
	return list
}

func (v validator) dependency(at string, d Dependency) {
	switch {
	case d.Name == "otlp":
		v.at(at, "the name otlp", "another: ${otlp.url} is the receiver of traces")
	case !dependencyName.MatchString(d.Name):
		v.at(at, "the name "+quoted(d.Name), "letters, digits, '.', '_' and '-'")
	}
	if !v.wrote(at + ".kind") {
		v.missing(at+".kind", expectation(reflect.TypeFor[DependencyKind]()))
	}
	if v.wrote(at+".attempts") && d.Attempts < 1 {
		v.at(at+".attempts", strconv.Itoa(d.Attempts), "at least 1: the first attempt counts")
	}
	if v.wrote(at+".storm") && d.Storm < 1 {
		v.at(at+".storm", strconv.FormatFloat(d.Storm, 'g', -1, 64), "at least 1: a request's own call is no retry")
	}
	v.positive(at+".timeout", d.Timeout)
	v.positive(at+".recovery", d.Recovery)
	v.without(at+".without", d.Without)
	v.backend(at, d)
}

func (v validator) without(at string, w Without) {
	if v.wrote(at) && w.Do == "" && !v.blamesWithin(at) {
		v.at(at, "no decision", "do: fail, stale or degraded")
		return
	}
	v.status(at+".status", w.Status, 400)
	if v.wrote(at+".status") && w.Do != Fail {
		v.at(at+".status", "a status without do: fail", "do: fail, or no status")
	}
	if v.wrote(at+".flag") && w.Do != Degraded {
		v.at(at+".flag", "a flag without do: degraded", "do: degraded, or no flag")
	}
}

// backend checks where the real thing comes from.
func (v validator) backend(at string, d Dependency) {
	var written []string
	for _, key := range []string{"stub", "run", "url"} {
		if v.wrote(join(at, key)) {
			written = append(written, key)
		}
	}
	if len(written) > 1 {
		v.add(v.line(join(at, written[1])), at, strings.Join(written, " and "), "at most one of stub, run, url")
	}
	if d.Stub != nil {
		if v.wrote(at+".kind") && d.Kind != "" && d.Kind != HTTP {
			v.at(at+".stub", "a stub of kind "+string(d.Kind), "kind: http; a stub speaks nothing else")
		}
		v.stub(at+".stub", *d.Stub)
	}
	if d.Run != nil {
		v.run(at+".run", *d.Run, v.dependencyNames())
	}
	if v.wrote(at + ".url") {
		if u, err := url.Parse(d.URL); err != nil || u.Scheme == "" || u.Host == "" {
			v.at(at+".url", quoted(d.URL), "a URL with scheme and host, as in postgres://127.0.0.1:5432/orders")
		}
	}
}

func (v validator) stub(at string, s Stub) {
	v.status(at+".status", s.Status, 200)
	v.body(at)
	v.headers(at+".headers", s.Headers)
	for i, r := range s.Routes {
		route := v.item(at+".routes", i, "")
		v.request(route+".request", r.Request)
		if len(r.Routes) > 0 {
			v.at(route+".routes", "routes within a route", "them beside it")
		}
		v.stub(route, r.Stub)
	}
}

// body notes that a body is given in both ways.
func (v validator) body(at string) {
	if v.wrote(at+".json") && v.wrote(at+".body") {
		v.at(at+".body", "json and body", "one of the two")
	}
}

// A header's name is a token of RFC 9110; its value has no control characters.
var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	headerValue = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]*$`)
)

func (v validator) headers(at string, headers []Pair) {
	for _, h := range headers {
		if !headerName.MatchString(h.Name) || !headerValue.MatchString(h.Value) {
			v.at(join(at, h.Name), quoted(h.Name+": "+h.Value), "a header of HTTP")
		}
	}
}
