//go:build !linux

package rig

// adoptOrphans does nothing: only Linux hands orphans to an ancestor.
func adoptOrphans() {}

// endOrphans does nothing, as there are none.
func endOrphans() {}
