package service

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// run checks the run of the service or of a dependency. The references are
// the dependencies whose addresses its values may name.
func (v validator) run(at string, r Run, references []string) {
	switch {
	case !v.wrote(at + ".command"):
		v.missing(at+".command", "a list, as in [bin/orders]")
	case v.blamesWithin(at + ".command"):
	case len(r.Command) == 0 || strings.TrimSpace(r.Command[0]) == "":
		v.at(at+".command", "no program", "a list that begins with one, as in [bin/orders]")
	}
	v.positive(at+".start", r.Start)
	v.positive(at+".grace", r.Grace)
	known := []string{"port", "dir", "otlp.url"}
	if at == "run" {
		known = append(known, opsPort)
	}
	for _, name := range references {
		known = append(known, name+".url", name+".host", name+".port")
		if d := v.Dependency(name); d.Kind == Postgres {
			known = append(known, name+".user", name+".password", name+".database")
		}
	}
	for i, arg := range r.Command {
		v.variables(at+".command."+strconv.Itoa(i), arg, known)
	}
	for _, pair := range r.Env {
		key := at + ".env." + pair.Name
		v.variable(key, pair.Name)
		v.variables(key, pair.Value, known)
	}
	for _, pair := range r.Files {
		key := at + ".files." + pair.Name
		if !filepath.IsLocal(pair.Name) {
			v.at(key, quoted(pair.Name)+" leads out of ${dir}", "a name below it, as in db-password")
		}
		v.variables(key, pair.Value, known)
	}
}

// opsPort is the variable for the second port of the service, on which it
// answers the platform apart from its callers.
const opsPort = "port.ops"

// reference finds ${name}, and a ${ that is never closed.
var reference = regexp.MustCompile(`\$\{([^{}]*)(\}?)`)

// variables notes each ${name} in text that is not among those known.
func (v validator) variables(key, text string, known []string) {
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		switch name := m[1]; {
		case m[2] == "":
			v.at(key, quoted(m[0])+" is not closed", "a } after the name")
		case !slices.Contains(known, name):
			v.at(key, m[0]+" names nothing known"+perhapsVariable(name, known), variablesLike(known))
		}
	}
}

func perhapsVariable(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return ", perhaps ${" + near + "} was meant"
	}
	return ""
}

// variablesLike lists the known variables, those of dependencies by one name
// for all.
func variablesLike(known []string) string {
	var list []string
	dependencies := false
	for _, name := range known {
		if name == "otlp.url" || name == opsPort || !strings.Contains(name, ".") {
			list = append(list, "${"+name+"}")
		} else {
			dependencies = true
		}
	}
	if dependencies {
		list = append(list, "${NAME.url}, ${NAME.host}, ${NAME.port} of a dependency NAME")
	}
	return strings.Join(list, ", ")
}

// references returns the dependencies whose addresses the run's values name,
// each with the key that does so first.
func (r Run) references(at string) (names, keys []string) {
	note := func(key, text string) {
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			dot := strings.LastIndexByte(m[1], '.')
			if dot > 0 && m[1] != "otlp.url" && m[1] != opsPort && !slices.Contains(names, m[1][:dot]) {
				names, keys = append(names, m[1][:dot]), append(keys, key)
			}
		}
	}
	for i, arg := range r.Command {
		note(at+".command."+strconv.Itoa(i), arg)
	}
	for _, pair := range r.Env {
		note(at+".env."+pair.Name, pair.Value)
	}
	for _, pair := range r.Files {
		note(at+".files."+pair.Name, pair.Value)
	}
	return names, keys
}

// cycles notes each way from a dependency through the addresses that runs
// name back to itself: none of them could be started first.
func (v validator) cycles() {
	done := map[string]bool{}
	var way []string
	var visit func(name string)
	visit = func(name string) {
		d := v.Dependency(name)
		if d == nil || d.Run == nil || done[name] {
			return
		}
		way = append(way, name)
		next, keys := d.Run.references("dependencies." + name + ".run")
		for i, other := range next {
			if from := slices.Index(way, other); from >= 0 {
				circle := append(slices.Clone(way[from:]), other)
				v.at(keys[i], "a cycle: "+strings.Join(circle, " needs "), "dependencies that can be started one after another")
				continue
			}
			visit(other)
		}
		way = way[:len(way)-1]
		done[name] = true
	}
	for _, d := range v.Dependencies {
		visit(d.Name)
	}
}
