package service

import (
	"fmt"
	"slices"
)

// Draft is a declaration made of guesses: what a repository already says.
type Draft struct {
	// Service holds the guesses.
	Service Service
	// From tells where each guess comes from, by dotted path as in
	// [Service.Lines]. What is not in it was not guessed.
	From map[string]Origin
	// Blanks are the lines that only the owner can write.
	Blanks []Blank
	// Unread names files that could not be used, each with the reason.
	Unread []string
}

// Origin is the place that a guess was read from.
type Origin struct {
	File string // slash-separated, relative to the service's directory
	Line int    // from 1; 0 where no line says it
}

// String formats o as file:line.
func (o Origin) String() string {
	if o.Line == 0 {
		return o.File
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// Blank is a line to be filled in.
type Blank struct {
	Under string // the dotted path of what the line belongs in
	Text  string // the line, as it may look
	Why   string // what to write, or why it was not guessed
}

// guess sets *to, unless an earlier source has said it.
func guess[T comparable](d *Draft, path string, to *T, value T, from Origin) {
	var zero T
	if *to == zero && value != zero {
		*to, d.From[path] = value, from
	}
}

// blank leaves a line to the owner.
func (d *Draft) blank(under, text, why string) {
	d.Blanks = append(d.Blanks, Blank{under, text, why})
}

// hasBlanks reports whether a line is left to the owner under a path.
func (d *Draft) hasBlanks(under string) bool {
	return slices.ContainsFunc(d.Blanks, func(b Blank) bool { return b.Under == under })
}

// dependency adds a dependency, unless an earlier source has named it. What
// stands behind one of kind http is guessed to be a stub.
func (d *Draft) dependency(name string, kind DependencyKind, from Origin) {
	if d.Service.Dependency(name) != nil {
		return
	}
	added := Dependency{Name: name, Kind: kind}
	at := "dependencies." + name
	d.From[at], d.From[at+".kind"] = from, from
	if kind == HTTP {
		added.Stub = &Stub{Status: 200}
		d.From[at+".stub"] = from
	}
	d.Service.Dependencies = append(d.Service.Dependencies, added)
}
