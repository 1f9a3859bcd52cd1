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

// orphanGrace is how long an orphan has to end when it is asked to: a killed
// PostgreSQL leaves its shared memory behind.
const orphanGrace = 2 * time.Second

// endOrphans ends and reaps what was handed to us. Processes with a rig's
// marker belong to a family, which ends them itself.
func endOrphans() {
	began := time.Now()
	asked := map[int]bool{}
	for time.Since(began) < 2*orphanGrace {
		orphans := listOrphans()
		if len(orphans) == 0 {
			return
		}
		for _, pid := range orphans {
			switch {
			case time.Since(began) > orphanGrace:
				_ = syscall.Kill(pid, syscall.SIGKILL) // its children are handed to us next
			case !asked[pid]:
				_ = syscall.Kill(pid, syscall.SIGTERM)
				asked[pid] = true
			}
			_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
		time.Sleep(gonePause)
	}
}

// listOrphans returns our children that no rig started.
func listOrphans() []int {
	var list []int
	for pid, s := range processTable() {
		if s.parent == os.Getpid() && s.group != syscall.Getpgrp() && !ours.has(pid) && !carriesMarker(pid) {
			list = append(list, pid)
		}
	}
	return list
}

func carriesMarker(pid int) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && bytes.Contains(env, []byte(Marker+"="))
}
