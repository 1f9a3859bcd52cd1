package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/golive-dev/golive/bench/peers/measure"
)

// process is a child as its parent sees it.
type process struct {
	name    string
	addr    string // where it serves; empty for a part
	orders  io.WriteCloser
	answers io.Closer
	lines   *bufio.Reader
	cmd     *exec.Cmd
}

// answersFD is the file on which a child answers: the first beside the three
// that every process has.
const answersFD = 3

// start runs this program again as the process of one subject, with threads
// for one core.
func start(ctx context.Context, name string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to start it again: %w", err)
	}
	p := &process{name: name, cmd: exec.CommandContext(ctx, self, "-child", name)}
	p.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	p.cmd.Stdout, p.cmd.Stderr = os.Stderr, os.Stderr // some frameworks talk; answers come on their own way
	if p.orders, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe to the process of %s: %w", name, err)
	}
	defer theirs.Close()
	p.cmd.ExtraFiles = []*os.File{theirs}
	p.answers, p.lines = ours, bufio.NewReader(ours)
	if err := p.cmd.Start(); err != nil {
		_ = ours.Close() // nothing will come
		return nil, fmt.Errorf("start the process of %s: %w", name, err)
	}
	return p, p.hear(&p.addr)
}

func (p *process) hear(into any) error {
	line, err := p.lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the process of %s ended; it says why above", p.name)
	}
	return json.Unmarshal(line, into)
}

func (p *process) order(text string) (cost measure.Cost, err error) {
	if _, err := fmt.Fprintln(p.orders, text); err != nil {
		return cost, fmt.Errorf("the process of %s ended; it says why above", p.name)
	}
	return cost, p.hear(&cost)
}

// inProcess measures the subject without a network.
func (p *process) inProcess(loop string, d time.Duration) (measure.Cost, error) {
	return p.order(fmt.Sprintf("run %s %s", loop, d))
}

// overLoopback measures the service under load from this process.
func (p *process) overLoopback(ctx context.Context, sampled bool, d time.Duration) (measure.Cost, error) {
	before, err := p.order("used")
	if err != nil {
		return measure.Cost{}, err
	}
	n, err := measure.Load(ctx, p.addr, sampled, d)
	if err != nil {
		return measure.Cost{}, fmt.Errorf("load on %s: %w", p.name, err)
	}
	after, err := p.order("used")
	return measure.Cost{Operations: n, CPU: after.CPU - before.CPU}, err
}

// end closes the child's input, upon which it exits.
func (p *process) end() {
	_ = p.orders.Close() // it is going anyway
	_ = p.cmd.Wait()
	_ = p.answers.Close()
}
