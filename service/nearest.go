package service

import (
	"slices"
	"strings"
)

// nearest returns the one of names that word may have been meant to be: at
// most a third of its letters differ. It is "" when none is near.
func nearest(word string, names []string) string {
	best, limit := "", len(word)/3+1
	for _, name := range names {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d < limit && d < len(name) {
			best, limit = name, d
		}
	}
	return best
}

// perhaps is nearest as a part of a sentence.
func perhaps(word string, names []string) string {
	if name := nearest(word, names); name != "" {
		return ", perhaps " + name + " was meant"
	}
	return ""
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour that makes b of a.
func distance(a, b string) int {
	before, above := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}

// oneOf lists names as a part of a sentence, sorted.
func oneOf(names []string) string {
	switch len(names) {
	case 0:
		return "nothing"
	case 1:
		return names[0]
	}
	names = slices.Sorted(slices.Values(names))
	return "one of " + strings.Join(names, ", ")
}
