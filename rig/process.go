package rig

import (
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Marker is the environment variable by which a process is recognised as one
// of a rig, even after it left its process group. Its value begins with the
// rig's random id.
const Marker = "GOLIVE_RIG"

// killLimit bounds the end of processes that were sent SIGKILL: only one
// that hangs inside the kernel takes longer.
const killLimit = 5 * time.Second

// command is what a process is started from.
type command struct {
	path   string // absolute
	args   []string
	env    []string
	dir    string
	marker string              // the value of Marker
	user   *syscall.Credential // nil: ours
	death  syscall.Signal      // what asks it to end, also when golive dies; 0: SIGKILL
	merged bool                // stderr goes where stdout goes, which keeps their order
}

// process is a started command with all its descendants.
type process struct {
	cmd    *exec.Cmd
	out    *output
	family *family
	death  syscall.Signal
	pipes  []*os.File

	reaped  chan struct{} // the main process has ended
	ended   time.Time     // when; read it after reaped
	drained chan struct{} // nobody can write any more
}

// launch starts c. Its output goes to out, its standard input is empty.
func launch(g *guard, c command, out *output) (*process, error) {
	p := &process{out: out, death: c.death, reaped: make(chan struct{}), drained: make(chan struct{})}
	p.cmd = &exec.Cmd{
		Path: c.path, Args: c.args, Dir: c.dir,
		Env:         append(c.env, Marker+"="+c.marker),
		SysProcAttr: attributes(c),
	}
	stdout, err := p.pipe()
	if err != nil {
		return nil, err
	}
	defer stdout.Close()
	p.cmd.Stdout, p.cmd.Stderr = stdout, stdout
	if !c.merged {
		stderr, err := p.pipe()
		if err != nil {
			p.closePipes()
			return nil, err
		}
		defer stderr.Close()
		p.cmd.Stderr = stderr
	}
	if err := spawn(p.cmd); err != nil {
		p.closePipes()
		return nil, err
	}
	p.family = newFamily(p.cmd.Process.Pid, c.marker)
	g.run(p.wait)
	g.run(func() { p.drain(g) })
	return p, nil
}

// pipe returns the end for the child. Pipes of our own, unlike those of
// package exec, do not make Wait wait for every descendant that holds one.
func (p *process) pipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.pipes = append(p.pipes, r)
	return w, nil
}

func (p *process) closePipes() {
	for _, r := range p.pipes {
		r.Close()
	}
}

func (p *process) wait() {
	defer close(p.reaped)
	defer ours.remove(p.cmd.Process.Pid)
	p.cmd.Wait() // its error says what ProcessState says
	p.ended = time.Now()
}

func (p *process) drain(g *guard) {
	defer close(p.drained)
	var all sync.WaitGroup
	for i, name := range []string{"stdout", "stderr"}[:len(p.pipes)] {
		all.Add(1)
		g.run(func() {
			defer all.Done()
			p.out.read(p.pipes[i], name)
		})
	}
	all.Wait()
}

// awaitOutput waits until all output was read, at most for limit: a
// descendant may hold the pipe for ever.
func (p *process) awaitOutput(limit time.Duration) {
	select {
	case <-p.drained:
	case <-time.After(limit):
	}
}

// running reports whether the main process has not been reaped.
func (p *process) running() bool {
	select {
	case <-p.reaped:
		return false
	default:
		return true
	}
}

// exitCode returns the main process's exit code, or 128 + the signal that
// ended it, as a shell does. It is -1 while it runs.
func (p *process) exitCode() int {
	if p.running() || p.cmd.ProcessState == nil {
		return -1
	}
	if s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return 128 + int(s.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}

// kill ends the process and its family with SIGKILL and returns when nothing
// of them is left. It may be called more than once.
func (p *process) kill() {
	defer p.closePipes()
	deadline := time.Now().Add(killLimit)
	for pause := 4 * time.Millisecond; time.Now().Before(deadline); pause = min(2*pause, 50*time.Millisecond) {
		left := p.family.living()
		if p.family.gone() && !p.running() {
			break
		}
		for _, m := range left {
			syscall.Kill(m.pid, syscall.SIGKILL) // gone meanwhile: fine
		}
		if p.running() {
			p.cmd.Process.Kill()
		}
		time.Sleep(pause)
	}
	p.awaitOutput(time.Second)
}

// stop asks a process that has something to tidy up to end, gives it
// killLimit, and kills what is left.
func (p *process) stop() {
	if p.death != 0 && p.cmd.Process.Signal(p.death) == nil {
		select {
		case <-p.reaped:
		case <-time.After(killLimit):
		}
	}
	p.kill()
}
