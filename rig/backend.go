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

// giveBack ends the use of the share.
func (s *share) giveBack() {
	if s.release != nil {
		s.release()
	}
}

// startBackends starts what stands behind the dependencies, each after those
// that its own run names.
func (r *Rig) startBackends(ctx context.Context) error {
	begun := map[string]bool{}
	var start func(d service.Dependency) error
	start = func(d service.Dependency) error {
		if begun[d.Name] {
			return nil
		}
		begun[d.Name] = true
		for _, other := range r.service.Dependencies {
			if names(d.Run, other.Name) {
				if err := start(other); err != nil {
					return err
				}
			}
		}
		r.progress("starting %s (%s)", d.Name, d.Kind)
		b, err := r.startBackend(ctx, d)
		if err == nil {
			r.backends[d.Name] = b
		}
		return err
	}
	for _, d := range r.service.Dependencies {
		if err := start(d); err != nil {
			return err
		}
	}
	return nil
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
	sources := "run: or url:"
	if d.IsHTTP() {
		sources = "stub:, run: or url:"
	}
	return nil, &StartError{Reason: fmt.Sprintf("%s: nothing stands behind it, and kind %s cannot be made here; add %s", key, d.Kind, sources)}
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

// scratchFor makes the directories that a process gets as ${dir} and TMPDIR.
func (r *Rig) scratchFor(name string) (dir, tmp string, err error) {
	dir, tmp = filepath.Join(r.scratch, name, "dir"), filepath.Join(r.scratch, name, "tmp")
	return dir, tmp, makeDirs(dir, tmp)
}
