package rig

import (
	"os"
	"slices"

	"github.com/golive-dev/golive/service"
)

// environment is the ordered set of variables that a process gets.
type environment []service.Pair

// baseEnvironment is what programs need to run at all. Nothing else of the
// user's environment reaches a service, so that what golive.yaml declares is
// all that it depends on.
func baseEnvironment(tmp string) environment {
	lang := os.Getenv("LANG")
	if lang == "" {
		lang = "C.UTF-8"
	}
	e := environment{{Name: "TMPDIR", Value: tmp}, {Name: "LANG", Value: lang}}
	for _, name := range []string{"PATH", "HOME"} {
		if value, set := os.LookupEnv(name); set {
			e.set(name, value)
		}
	}
	return e
}

func (e *environment) set(name, value string) {
	for i := range *e {
		if (*e)[i].Name == name {
			(*e)[i].Value = value
			return
		}
	}
	*e = append(*e, service.Pair{Name: name, Value: value})
}

func (e *environment) unset(name string) {
	*e = slices.DeleteFunc(*e, func(p service.Pair) bool { return p.Name == name })
}

// names returns the variables' names, in order.
func (e environment) names() []string {
	names := make([]string, 0, len(e))
	for _, p := range e {
		names = append(names, p.Name)
	}
	return names
}

// strings returns NAME=value for each variable.
func (e environment) strings() []string {
	all := make([]string, 0, len(e)+1)
	for _, p := range e {
		all = append(all, p.Name+"="+p.Value)
	}
	return all
}
