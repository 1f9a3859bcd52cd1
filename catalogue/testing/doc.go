// Package testing holds the checks of the standard's section of that name:
// what was tested, with what, and how lately. One file is one requirement.
package testing
