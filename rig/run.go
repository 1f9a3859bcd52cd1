package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// buildLines is how many of a failed command's last lines are shown.
const buildLines = 40

// runToEnd runs a command that must succeed and kills its family as soon as
// it ended or ctx is cancelled. what begins the reason of the StartError.
func (r *Rig) runToEnd(ctx context.Context, what string, c command) error {
	out := &output{}
	c.marker, c.merged = r.marker(), true
	p, err := launch(&r.guard, c, out)
	if err != nil {
		return &StartError{Reason: fmt.Sprintf("%s: %v", what, err)}
	}
	defer p.stop()
	select {
	case <-p.reaped:
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	p.kill()
	if code := p.exitCode(); code != 0 {
		return &StartError{Reason: fmt.Sprintf("%s: exit code %d", what, code), Lines: out.last(buildLines)}
	}
	return nil
}

// build runs the build commands of the service and of its dependencies, each
// distinct one once. They get the whole environment: compilers need more of
// it than anybody could list.
func (r *Rig) build(ctx context.Context) error {
	done := map[string]bool{}
	for _, b := range r.builds() {
		if b.line == "" || done[b.line] {
			continue
		}
		done[b.line] = true
		r.progress("building: %s", firstLine(b.line))
		err := r.runToEnd(ctx, b.key+": "+firstLine(b.line), command{
			path: "/bin/sh", args: []string{"sh", "-c", b.line}, dir: r.dir,
			env: append(os.Environ(), "TMPDIR="+r.scratch, "GOTMPDIR="+r.scratch), // a compiler that is killed leaves its files
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// buildCommand is a shell command and its key in golive.yaml.
type buildCommand struct{ key, line string }

func (r *Rig) builds() []buildCommand {
	list := []buildCommand{{"run.build", r.service.Run.Build}}
	for _, d := range r.service.Dependencies {
		if d.Run != nil {
			list = append(list, buildCommand{"dependencies." + d.Name + ".run.build", d.Run.Build})
		}
	}
	return list
}

// firstLine keeps a script of many lines from filling the screen.
func firstLine(s string) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if rest != "" {
		first += " …"
	}
	return first
}

// joinCancel returns a context that ends with ctx or with the rig. The caller
// calls the function when it is done.
func (r *Rig) joinCancel(ctx context.Context) (context.Context, func()) {
	both, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(r.ctx, func() { cancel(r.closedError()) })
	return both, func() { stop(); cancel(nil) }
}

var errClosed = errors.New("the rig is closed")

// closedError says why the rig takes no more work.
func (r *Rig) closedError() error {
	if err := r.Err(); err != nil {
		return err
	}
	return errClosed
}
