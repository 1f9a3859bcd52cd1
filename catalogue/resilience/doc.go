// Package resilience holds the checks of the standard's section of that name:
// what becomes of the service when what it depends on fails. One file is one requirement.
package resilience
