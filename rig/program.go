package rig

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/service"
)

// program is a backend that golive.yaml says how to run.
type program struct {
	key  string
	proc *process
	part share
	uses []*share // of other backends
}

func (r *Rig) startProgram(ctx context.Context, d service.Dependency) (backend, error) {
	key := "dependencies." + d.Name + ".run"
	dir, tmp, err := r.scratchFor(d.Name)
	if err != nil {
		return nil, err
	}
	b := &program{key: key}
	vars, err := b.links(ctx, r, d)
	if err != nil {
		b.close()
		return nil, err
	}
	proc, addr, err := r.listen(ctx, starting{
		what: key, limit: d.Run.StartLimit(),
		command: func(port int) (command, error) {
			vars["port"], vars["dir"] = fmt.Sprint(port), dir
			return r.programCommand(key, *d.Run, vars, tmp)
		},
	})
	if err != nil {
		b.close()
		return nil, err
	}
	b.proc, b.part = proc, share{addr: addr, link: linkFor(d)}
	return b, nil
}

// links returns the addresses that d's run names. They lead straight to the
// other backends: faults are put before the service only.
func (b *program) links(ctx context.Context, r *Rig, d service.Dependency) (variables, error) {
	vars := variables{"otlp.url": r.otlp.URL()}
	for _, other := range r.service.Dependencies {
		if !names(d.Run, other.Name) {
			continue
		}
		used := r.backends[other.Name]
		if used == nil {
			return nil, &StartError{Reason: fmt.Sprintf("dependencies.%s.run: it and %s need one another; one of them must start first", d.Name, other.Name)}
		}
		part, err := used.share(ctx, d.Name)
		if err != nil {
			return nil, err
		}
		b.uses = append(b.uses, part)
		vars.link(other.Name, part.addr, part.through(part.addr))
		vars.login(other.Name, part.link)
	}
	return vars, nil
}

// names reports whether a run holds an address of the dependency.
func names(run *service.Run, dependency string) bool {
	if run == nil {
		return false
	}
	mark := "${" + dependency + "."
	return slices.ContainsFunc(run.Command, func(arg string) bool { return strings.Contains(arg, mark) }) ||
		slices.ContainsFunc(run.Env, func(p service.Pair) bool { return strings.Contains(p.Value, mark) })
}

func (r *Rig) programCommand(key string, run service.Run, vars variables, tmp string) (command, error) {
	s, err := substitute(key, r.dir, run, vars)
	if err != nil {
		return command{}, err
	}
	path, err := resolve(key, s.args[0], s.dir)
	if err != nil {
		return command{}, err
	}
	env := baseEnvironment(tmp)
	for _, p := range s.env {
		env.set(p.Name, p.Value)
	}
	return command{path: path, args: s.args, env: env.strings(), dir: s.dir}, nil
}

// share fails when the program has ended: a trial would blame the service.
func (b *program) share(context.Context, string) (*share, error) {
	if !b.proc.running() {
		b.proc.awaitOutput(time.Second)
		reason := fmt.Sprintf("%s ended by itself with exit code %d", b.key, b.proc.exitCode())
		return nil, &StartError{Reason: reason, Lines: b.proc.out.last(lastLines)}
	}
	return &b.part, nil
}

func (b *program) close() {
	if b.proc != nil {
		b.proc.kill()
	}
	for _, part := range b.uses {
		part.giveBack()
	}
}
