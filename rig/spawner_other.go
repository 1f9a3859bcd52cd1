//go:build !linux

package rig

import "syscall"

// attributes puts a child into a process group of its own. Only Linux can
// tie its life to ours.
func attributes(c command) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: c.user}
}
