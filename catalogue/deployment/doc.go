// Package deployment holds the checks of the standard's section of that name:
// how the service starts, says that it is ready, stops, and is rolled out and back. One file is one requirement.
package deployment
