// Package security holds the checks of the standard's section of that name:
// what the service gives away, to whom, and what it is allowed to do. One file is one requirement.
package security
