package service

import (
	"slices"
	"strings"
)

// Without returns s as it is where the named dependencies cannot be had: what
// names one of them in the environment or the files of a run is not set, and
// no traffic uses it. The service then does what it does without that
// configuration, and a verdict about it says nothing about those dependencies.
func (s *Service) Without(names ...string) *Service {
	gone := func(name string) bool { return slices.Contains(names, name) }
	left := *s
	left.Dependencies = slices.DeleteFunc(slices.Clone(s.Dependencies), func(d Dependency) bool { return gone(d.Name) })
	left.Run = s.Run.without(gone)
	for i, d := range left.Dependencies {
		if d.Run != nil {
			run := d.Run.without(gone)
			left.Dependencies[i].Run = &run
		}
	}
	left.Traffic = slices.Clone(s.Traffic)
	for i, t := range left.Traffic {
		left.Traffic[i].Uses = slices.DeleteFunc(slices.Clone(t.Uses), gone)
	}
	return &left
}

func (r Run) without(gone func(string) bool) Run {
	names := func(p Pair) bool {
		for _, m := range reference.FindAllStringSubmatch(p.Value, -1) {
			if dot := strings.LastIndexByte(m[1], '.'); dot > 0 && gone(m[1][:dot]) {
				return true
			}
		}
		return false
	}
	r.Env = slices.DeleteFunc(slices.Clone(r.Env), names)
	r.Files = slices.DeleteFunc(slices.Clone(r.Files), names)
	return r
}
