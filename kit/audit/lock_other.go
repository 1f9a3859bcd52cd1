//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package audit

import "os"

// lock does nothing where the standard library has no flock: there it is on
// the operator that one process writes the log.
func lock(*os.File) error { return nil }
