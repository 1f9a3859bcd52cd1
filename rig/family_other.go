//go:build !linux

package rig

import "syscall"

// member is a living process of a family.
type member struct {
	pid  int
	name string
}

// family finds the processes that descend from one. Without /proc the
// process group is all that can be seen.
type family struct{ leader int }

func newFamily(leader int, _ string) *family { return &family{leader} }

// living returns the group as one member, by the pid that signals it whole.
func (f *family) living() []member {
	if syscall.Kill(-f.leader, 0) != nil {
		return nil
	}
	return []member{{-f.leader, "process group"}}
}

// gone reports whether the group is empty.
func (f *family) gone() bool { return len(f.living()) == 0 }
