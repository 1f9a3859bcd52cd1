package service

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A method, and a path with its query.
var methodAndPath = regexp.MustCompile(`^[A-Za-z]+ +(/[^\s#]*)$`)

// What a request may hold that is new each time.
var perRequest = []string{"uuid", "seq"}

func (v validator) traffic(at string, t Traffic) {
	v.required(at+".name", t.Name)
	v.request(at+".request", t.Request)
	v.variables(at+".request", t.Request, perRequest)
	v.body(at)
	v.variables(at+".body", t.Body, perRequest)
	if text, err := json.Marshal(t.JSON); err == nil {
		v.variables(at+".json", string(text), perRequest)
	}
	v.headers(at+".headers", t.Headers)
	for _, h := range t.Headers {
		v.variables(at+".headers."+h.Name, h.Value, perRequest)
	}
	v.status(at+".expect", t.Expect, 200)
	v.positive(at+".timeout", t.Timeout)
	if v.wrote(at+".peak") && t.PeakRate() <= 0 {
		v.at(at+".peak", quoted(t.Peak), "requests per second, as in 200/s")
	}
	v.uses(at+".uses", t.Uses)
}

// request notes what is no method and path.
func (v validator) request(key, text string) {
	if !v.wrote(key) {
		v.missing(key, "METHOD /path, as in GET /orders")
		return
	}
	m := methodAndPath.FindStringSubmatch(text)
	if m != nil {
		if _, err := url.ParseRequestURI(reference.ReplaceAllString(m[1], "x")); err == nil {
			return
		}
	}
	v.at(key, quoted(text), "METHOD /path, as in GET /orders")
}

// uses notes what names no dependency, unless the dependencies could not be
// read themselves.
func (v validator) uses(at string, names []string) {
	known := v.dependencyNames()
	for i, name := range names {
		key := join(at, strconv.Itoa(i))
		switch {
		case v.blames("dependencies"):
		case !slices.Contains(known, name):
			v.at(key, quoted(name)+" is no dependency"+perhaps(name, known), oneOf(known))
		case slices.Contains(names[:i], name):
			v.at(key, quoted(name)+" a second time", "each dependency once")
		}
	}
}

// PeakRate returns the greatest number of requests per second that users
// send: peak, or 0 where none is stated.
func (t Traffic) PeakRate() float64 {
	number, ok := strings.CutSuffix(t.Peak, "/s")
	rate, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(rate > 0 && rate < 1e9) {
		return 0
	}
	return rate
}
