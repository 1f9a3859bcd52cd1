package rig

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// variables are the values of ${…}.
type variables map[string]string

// expand replaces each ${name} in s. The error names key, which is where s
// stands in golive.yaml. $${ is a ${ that stays.
func (v variables) expand(key, s string) (string, error) {
	var out strings.Builder
	var errs []error
	for {
		before, after, found := strings.Cut(s, "${")
		out.WriteString(before)
		if !found {
			return out.String(), errors.Join(errs...)
		}
		if strings.HasSuffix(before, "$") {
			out.WriteString("{")
			s = after
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%s: ${ without }; write $${ for the characters themselves", key)
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
