package rig

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// spawning is a command that waits to be started.
type spawning struct {
	cmd  *exec.Cmd
	done chan error
}

// spawner starts commands on one thread that never ends. Linux sends the
// parent-death signal when the thread that forked ends, and Go ends threads
// as it likes unless a goroutine is locked to them.
var spawner = sync.OnceValue(func() chan<- spawning {
	queue := make(chan spawning)
	go func() {
		runtime.LockOSThread()
		for s := range queue {
			s.done <- startCommand(s.cmd)
		}
	}()
	return queue
})

// spawn starts cmd on the spawner's thread.
func spawn(cmd *exec.Cmd) error {
	s := spawning{cmd, make(chan error, 1)}
	spawner() <- s
	return <-s.done
}

// pidSet is a set of process ids.
type pidSet struct {
	mu   sync.Mutex
	list map[int]bool
}

// ours are the processes that the rigs of this program started and have not
// reaped yet.
var ours = pidSet{list: map[int]bool{}}

func (p *pidSet) remove(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.list, pid)
}

func (p *pidSet) has(pid int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.list[pid]
}

// startCommand must not panic: the end of the spawner's thread would kill
// every process of every rig.
func startCommand(cmd *exec.Cmd) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("starting %s panicked: %v", cmd.Path, p)
		}
	}()
	ours.mu.Lock() // nobody may see the child before it is known as ours
	defer ours.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	ours.list[cmd.Process.Pid] = true
	return nil
}

// detached puts a child into a process group of its own, so that Ctrl-C at
// the terminal does not reach it, and lets it outlive us.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
