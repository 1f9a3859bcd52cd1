package rig

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// gonePause lies between two looks at what is left of an instance.
const gonePause = 20 * time.Millisecond

// Signal sends sig to the main process of the instance, as a platform does,
// and records it.
func (t *Trial) Signal(sig syscall.Signal) error {
	i := t.instance()
	if i == nil {
		return errNotStarted
	}
	t.process().family.living() // whom a parent still tells to belong, before it ends
	at := time.Now()
	if err := t.process().cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("sending %v to the service: %w", sig, err)
	}
	t.rec.Add(at, evidence.Event{Instance: &evidence.Instance{State: evidence.Signaled, Text: sig.String()}})
	return nil
}

// AwaitGone waits until the instance has no process and its port refuses,
// which it records as Closed and Exited. What is left at limit, counted from
// the call, or when ctx ends, is killed: the answer is then Killed and its Text
// names what was left.
func (t *Trial) AwaitGone(ctx context.Context, limit time.Duration) evidence.Instance {
	i := t.instance()
	if i == nil {
		return evidence.Instance{State: evidence.Exited, Text: "it was not started"}
	}
	ctx, done := t.joinCancel(ctx)
	defer done()
	expired := time.NewTimer(limit)
	defer expired.Stop()
	for {
		left, gone := t.left(i)
		if gone {
			return t.recordEnd(i, evidence.Exited, time.Now(), "")
		}
		select {
		case <-expired.C:
			t.process().kill()
			return t.recordEnd(i, evidence.Killed, time.Now(), fmt.Sprintf("after %v there was still %s", limit, left))
		case <-ctx.Done():
			t.process().kill()
			return t.recordEnd(i, evidence.Killed, time.Now(), fmt.Sprintf("interrupted while there was still %s", left))
		case <-time.After(gonePause):
		}
	}
}

// left names what there still is of the instance. As long as the main process
// runs it looks no further: looking costs the service time.
func (t *Trial) left(i *instance) (text string, gone bool) {
	t.mu.Lock()
	port, p := t.port, i.proc
	t.mu.Unlock()
	open := listening(port)
	if !open {
		t.recordClosed(i)
	}
	var found []string
	if p.running() {
		found = append(found, fmt.Sprintf("its main process %d", p.cmd.Process.Pid))
	} else {
		for _, m := range p.family.living() {
			found = append(found, fmt.Sprintf("process %d (%s)", m.pid, m.name))
		}
	}
	if open {
		found = append(found, fmt.Sprintf("a listener on port %d", port))
	}
	return strings.Join(found, ", "), found == nil && p.family.gone()
}

// recordClosed records that a port that was open refuses now.
func (t *Trial) recordClosed(i *instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i.serving && !i.closed {
		i.closed = true
		t.rec.Add(time.Now(), evidence.Event{Instance: &evidence.Instance{State: evidence.Closed}})
	}
}

// recordEnd records the end of an instance once and returns it.
func (t *Trial) recordEnd(i *instance, state evidence.InstanceState, at time.Time, text string) evidence.Instance {
	p := t.process()
	p.awaitOutput(time.Second)
	end := evidence.Instance{State: state, Text: text, Lines: t.LastLines(lastLines)}
	if code := p.exitCode(); code >= 0 {
		end.Exit = &code
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !i.ended {
		i.ended = true
		t.rec.Add(at, evidence.Event{Instance: &end})
	}
	return end
}

// endInstance kills the instance. An end that came by itself and that nobody
// awaited is recorded: it may explain what the drill saw.
func (t *Trial) endInstance() {
	i := t.instance()
	if i == nil {
		return
	}
	p := t.process()
	crashed := !p.running()
	p.kill()
	if crashed {
		t.recordEnd(i, evidence.Exited, p.ended, "it ended by itself")
	}
}
