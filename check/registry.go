package check

import (
	"cmp"
	"slices"
	"strings"
)

var registered = map[string]*Check{}

// Register adds c to the catalogue and returns it. It is called from package
// variables; a second check of one ID is a defect that must not get as far
// as a release, so it panics.
func Register(c Check) *Check {
	if registered[c.ID] != nil {
		panic("check: " + c.ID + " is registered twice")
	}
	for _, text := range []*string{&c.Why, &c.How, &c.Remedy.Text} {
		*text = strings.Join(strings.Fields(*text), " ") // lines end where the source's do
	}
	registered[c.ID] = &c
	return &c
}

// Registered returns every registered check, by ID.
func Registered() []*Check {
	list := make([]*Check, 0, len(registered))
	for _, c := range registered {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *Check) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
