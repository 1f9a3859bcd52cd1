// Package scaling holds the checks of the standard's section of that name:
// how many replicas there are, where, and what load they bear. One file is one requirement.
package scaling
