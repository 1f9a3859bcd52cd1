package rig

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adoptOrphans makes the kernel hand us every descendant whose parent dies.
// A daemon that left its group and cleared its environment is then still
// found: it is our child, and we did not start it.
var adoptOrphans = sync.OnceFunc(func() {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) // without it only such daemons escape
})

// endOrphans kills and reaps what was handed to us. Processes with a rig's
// marker belong to a family, which ends them itself.
func endOrphans() {
	for range 20 {
		found := false
		for pid, s := range processTable() {
			if s.parent != os.Getpid() || s.group == syscall.Getpgrp() || ours.has(pid) || carriesMarker(pid) {
				continue
			}
			found = true
			_ = syscall.Kill(pid, syscall.SIGKILL) // its children are handed to us next
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
		if !found {
			return
		}
		time.Sleep(gonePause)
	}
}

func carriesMarker(pid int) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && bytes.Contains(env, []byte(Marker+"="))
}
