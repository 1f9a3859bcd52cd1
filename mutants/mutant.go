package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// mutant breaks one behaviour.
type mutant struct {
	name        string
	requirement string // the id of the one requirement that it does not hold
	sentence    string // what it does wrong, as in "drops requests when it stops"
	breaks      func(b *behaviour)
}

// healthy is the name of the service that breaks nothing.
const healthy = "healthy"

var mutants = map[string]mutant{}

// register makes a mutant known. It is called from package variables, one in
// each file of a mutant; a name that is taken is a defect of the program.
func register(m mutant) struct{} {
	if _, taken := mutants[m.name]; taken || m.name == healthy {
		panic("mutants: two are called " + m.name)
	}
	mutants[m.name] = m
	return struct{}{}
}

// behave returns the behaviour of the mutant called name.
func behave(name string) (behaviour, error) {
	b := healthyBehaviour()
	m, known := mutants[name]
	if !known && name != healthy {
		return b, fmt.Errorf("no mutant is called %q; mutants -list shows them", name)
	}
	if known {
		m.breaks(&b)
	}
	return b, nil
}

func writeList(out io.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(mutants)) {
		if _, err := fmt.Fprintf(out, "%s\t%s\t%s\n", name, mutants[name].requirement, mutants[name].sentence); err != nil {
			return err
		}
	}
	return nil
}
