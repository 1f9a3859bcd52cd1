package service

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// validator finds what each value for itself may say and all of them
// together may not.
type validator struct {
	*findings
	*Service
}

// validate notes what is wrong in s beyond the types of its values.
func validate(f *findings, s *Service) {
	v := validator{f, s}
	v.required("service", s.Name)
	if v.wrote("tier") && (s.Tier < 1 || s.Tier > 3) {
		v.at("tier", strconv.Itoa(s.Tier), "1, 2 or 3; 1 is the most important")
	}
	if v.wrote("run") {
		v.run("run", s.Run, v.dependencyNames())
	}
	v.owner()
	v.endpoints()
	v.config()
	for _, d := range s.Dependencies {
		v.dependency("dependencies."+d.Name, d)
	}
	v.cycles()
	for i, t := range s.Traffic {
		v.traffic(v.item("traffic", i, t.Name), t)
	}
	for i, o := range s.SLOs {
		v.objective(v.item("slo", i, o.Name), o)
	}
}

// item returns the path of the i-th item of a list.
func (v validator) item(list string, i int, name string) string {
	if at := join(list, strconv.Itoa(i)); name == "" || v.plain[at] {
		return at
	}
	return join(list, name)
}

// required notes a text that is missing or blank.
func (v validator) required(key, text string) {
	switch {
	case !v.wrote(key):
		v.missing(key, "text")
	case strings.TrimSpace(text) == "":
		v.at(key, "blank", "text")
	}
}

// positive notes a duration that is written as zero, which would be taken
// for none.
func (v validator) positive(key string, d Duration) {
	if v.wrote(key) && d == 0 {
		v.at(key, "0s", "more than 0; leave the key out for the default")
	}
}

// percentage notes a number that is not strictly between 0 and 100.
func (v validator) percentage(key string, p float64) {
	if v.wrote(key) && (p <= 0 || p >= 100) {
		v.at(key, strconv.FormatFloat(p, 'g', -1, 64), "per cent, more than 0 and less than 100, as in 99.5")
	}
}

// status notes a status code that no answer can have.
func (v validator) status(key string, code, least int) {
	if v.wrote(key) && (code < least || code > 599) {
		v.at(key, strconv.Itoa(code), fmt.Sprintf("a status from %d to 599", least))
	}
}

func (v validator) owner() {
	v.contacts("owner.contacts", v.Owner.Contacts)
	v.contacts("owner.alternates", v.Owner.Alternates)
	v.contacts("owner.experts", v.Owner.Experts)
}

func (v validator) contacts(list string, contacts []Contact) {
	for i, c := range contacts {
		if at := v.item(list, i, c.Name); c == (Contact{}) && !v.blamesWithin(at) {
			v.at(at, "a contact that names nobody", "name, email or phone")
		}
	}
}

func (v validator) endpoints() {
	e := v.Endpoints
	for _, p := range []Pair{{"live", e.Live}, {"ready", e.Ready}, {"metrics", e.Metrics}} {
		if key := "endpoints." + p.Name; v.wrote(key) && !strings.HasPrefix(p.Value, "/") {
			v.at(key, quoted(p.Value), "a path that begins with /, relative to endpoints.ops or else endpoints.url")
		}
	}
	v.positive("endpoints.period", e.Period)
	v.address("endpoints.url", e.URL, "port")
	v.address("endpoints.ops", e.Ops, opsPort)
}

// address notes a URL at which nobody could be asked. The port in it may be
// the variable.
func (v validator) address(key, text, variable string) {
	if !v.wrote(key) {
		return
	}
	v.variables(key, text, []string{variable})
	port := "${" + variable + "}"
	u, err := url.Parse(strings.ReplaceAll(text, port, "80"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		v.at(key, quoted(text), "an http or https URL, as in http://127.0.0.1:"+port)
	}
}

// A name of a variable that every shell can set.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (v validator) config() {
	for _, c := range v.Config {
		v.variable("config."+c.Name, c.Name)
	}
}

func (v validator) variable(key, name string) {
	if !variableName.MatchString(name) {
		v.at(key, quoted(name)+" is no name of an environment variable", "letters, digits and _")
	}
}

func (v validator) objective(at string, o SLO) {
	v.required(at+".name", o.Name)
	if !v.wrote(at + ".objective") {
		v.missing(at+".objective", "a number in per cent, as in 99.5")
	}
	v.percentage(at+".objective", o.Objective)
	v.percentage(at+".sla", o.SLA)
	v.positive(at+".window", o.Window)
	v.positive(at+".latency", o.Latency)
}
