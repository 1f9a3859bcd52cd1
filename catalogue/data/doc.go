// Package data holds the checks of the standard's section of that name:
// whether data survives, can be restored, and is gone when it must be. One file is one requirement.
package data
