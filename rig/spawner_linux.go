package rig

import "syscall"

// attributes puts a child into a process group of its own and ties its life
// to the spawner's thread.
func attributes(c command) *syscall.SysProcAttr {
	death := c.death
	if death == 0 {
		death = syscall.SIGKILL
	}
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death, Credential: c.user}
}
