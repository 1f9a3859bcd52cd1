package rig

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"github.com/golive-dev/golive/service"
)

// backend is the real thing behind a dependency, shared by all trials.
type backend interface {
	// share gives a trial its part: what one trial stores, another must not see.
	share(ctx context.Context, trial string) (*share, error)
	close()
}

// share is a trial's part of a backend.
type share struct {
	addr    string  // host:port, where the proxy forwards to
	link    url.URL // what ${NAME.url} is, but for the host; without a scheme only host:port
	release func()  // may be nil
}

// through returns ${NAME.url}: the way to the share through the proxy at addr.
func (s *share) through(addr string) string {
	if s.link.Scheme == "" {
		return addr
	}
	link := s.link
	link.Host = addr
	return link.String()
}

// startBackend returns when the backend of d answers. Its errors name the
// key in golive.yaml.
func (r *Rig) startBackend(ctx context.Context, d service.Dependency) (backend, error) {
	key := "dependencies." + d.Name
	switch {
	case d.Stub != nil && !d.IsHTTP():
		return nil, &StartError{Reason: fmt.Sprintf("%s.stub: only kind http can be played; add run: or url:", key)}
	case d.Stub != nil:
		return r.startStub(d)
	case d.Run != nil:
		return r.startProgram(ctx, d)
	case d.URL != "":
		return newRemote(d)
	case d.Kind == service.Postgres:
		return r.startPostgres(ctx, d)
	case d.Kind == service.Redis:
		return r.findRedis(ctx, d)
	}
	return nil, &StartError{Reason: fmt.Sprintf("%s: nothing stands behind it, and kind %s cannot be made here; add stub:, run: or url:", key, d.Kind)}
}

// starting is a process of ours that listens on a port which it is told.
type starting struct {
	what    string // the key in golive.yaml
	command func(port int) (command, error)
	limit   time.Duration
}

// listen starts s on a free port and waits until it accepts connections.
func (r *Rig) listen(ctx context.Context, s starting) (*process, string, error) {
	began := time.Now()
	for try := 1; ; try++ {
		port, err := r.ports.free()
		if err != nil {
			return nil, "", err
		}
		c, err := s.command(port)
		if err != nil {
			return nil, "", err
		}
		c.marker = r.marker()
		p, err := launch(&r.guard, c, &output{})
		if err != nil {
			return nil, "", &StartError{Reason: fmt.Sprintf("%s: %v", s.what, err)}
		}
		addr := net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
		err = arrival{
			what: s.what, from: began, limit: s.limit, exited: p.reaped,
			addr: func() string { return addr }, process: func() *process { return p },
			hint: "let it take its port from ${port}",
		}.await(ctx)
		if err == nil {
			return p, addr, nil
		}
		p.kill()
		if try == tries || !addressInUse(p.out) {
			return nil, "", err
		}
	}
}

// program is a backend that golive.yaml says how to run.
type program struct {
	key  string
	proc *process
	part share
}

func (r *Rig) startProgram(ctx context.Context, d service.Dependency) (backend, error) {
	key := "dependencies." + d.Name + ".run"
	dir, tmp, err := r.scratchFor(d.Name)
	if err != nil {
		return nil, err
	}
	proc, addr, err := r.listen(ctx, starting{
		what: key, limit: d.Run.StartLimit(),
		command: func(port int) (command, error) {
			vars := variables{"port": fmt.Sprint(port), "dir": dir}
			return r.programCommand(key, *d.Run, vars, tmp)
		},
	})
	if err != nil {
		return nil, err
	}
	return &program{key, proc, share{addr: addr, link: linkFor(d)}}, nil
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

// linkFor is the form of ${NAME.url} where nothing else is known of it.
func linkFor(d service.Dependency) url.URL {
	switch d.Kind {
	case service.HTTP, service.Redis:
		return url.URL{Scheme: string(d.Kind)}
	case service.Postgres:
		return url.URL{Scheme: "postgres", RawQuery: "sslmode=disable"}
	}
	return url.URL{}
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

func (b *program) close() { b.proc.kill() }

// scratchFor makes the directories that a process gets as ${dir} and TMPDIR.
func (r *Rig) scratchFor(name string) (dir, tmp string, err error) {
	dir, tmp = filepath.Join(r.scratch, name, "dir"), filepath.Join(r.scratch, name, "tmp")
	return dir, tmp, makeDirs(dir, tmp)
}
