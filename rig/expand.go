package rig

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
)

// variables are the values of ${…}.
type variables map[string]string

// link adds the way to a dependency: its address as host:port and its URL.
func (v variables) link(name, addr, url string) {
	host, port, _ := net.SplitHostPort(addr)
	v[name+".url"], v[name+".host"], v[name+".port"] = url, host, port
}

// expand replaces each ${name} in s. The error names key, which is where s
// stands in golive.yaml.
func (v variables) expand(key, s string) (string, error) {
	var out strings.Builder
	var errs []error
	for {
		before, after, found := strings.Cut(s, "${")
		out.WriteString(before)
		if !found {
			return out.String(), errors.Join(errs...)
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%s: a ${ is not closed; write } after the name", key)
		}
		value, known := v[name]
		if !known {
			errs = append(errs, v.unknown(key, name))
		}
		out.WriteString(value)
		s = rest
	}
}

func (v variables) unknown(key, name string) error {
	names := slices.Sorted(maps.Keys(v))
	return fmt.Errorf("%s: ${%s} is unknown; known here: %s", key, name, strings.Join(names, ", "))
}
