// Package launch holds the checks of the standard's section of that name:
// what is decided before the first user comes. One file is one requirement.
package launch
