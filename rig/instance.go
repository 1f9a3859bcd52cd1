package rig

import (
	"context"
	"fmt"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// StartOptions change the environment of one instance, after substitution.
type StartOptions struct {
	Set   map[string]string // variables to add or replace
	Unset []string          // variables to leave out
}

// instance is a process of the service from its start until it is gone. The
// trial's lock guards its fields.
type instance struct {
	options StartOptions
	proc    *process
	from    time.Time
	try     int
	serving bool          // Serving was recorded
	closed  bool          // Closed was recorded
	ended   bool          // Exited or Killed was recorded
	exited  chan struct{} // the main process was reaped and is not started again
}

// Start starts an instance and records it. When its port turns out to be
// taken, it is started again on another one. An instance that ended may be
// followed by a new one.
func (t *Trial) Start(ctx context.Context, o StartOptions) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("starting the service: %w", err)
	}
	finish, err := t.rig.begin()
	if err != nil {
		return err
	}
	defer finish()
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over.Err() != nil:
		return errTrialClosed
	case t.current != nil && t.current.alive():
		return fmt.Errorf("an instance of %s runs already; await its end first", t.rec.Name())
	case t.rig.fixedPort() && listening(t.port):
		return &StartError{Reason: fmt.Sprintf("endpoints.url: port %d is in use by another process; stop it, or write ${port} for a free one", t.port)}
	}
	next := &instance{options: o, from: time.Now(), try: 1, exited: make(chan struct{})}
	if next.proc, err = t.launch(o); err != nil {
		return err
	}
	t.current = next
	t.rec.Add(next.from, evidence.Event{Instance: &evidence.Instance{State: evidence.Started, Peers: t.peers()}})
	t.rig.run(func() { t.supervise(next) })
	return nil
}

// peers returns host:port of each proxy, by its dependency.
func (t *Trial) peers() map[string]string {
	peers := make(map[string]string, len(t.proxies))
	for name, p := range t.proxies {
		peers[name] = p.Addr()
	}
	return peers
}

func (i *instance) alive() bool {
	select {
	case <-i.exited:
		return !i.proc.family.gone() && len(i.proc.family.living()) > 0
	default:
		return true
	}
}

// launch starts a process for the port in force.
func (t *Trial) launch(o StartOptions) (*process, error) {
	s, err := substitute("run", t.rig.dir, t.rig.service.Run, t.variables())
	if err != nil {
		return nil, err
	}
	path, err := resolve("run", s.args[0], s.dir)
	if err != nil {
		return nil, err
	}
	if err := t.writeFiles(); err != nil {
		return nil, fmt.Errorf("writing run.files: %w", err)
	}
	t.env = t.environment(s.env, o)
	p, err := launch(&t.rig.guard, command{
		path: path, args: s.args, dir: s.dir, env: t.env.strings(), marker: t.rig.marker(),
	}, t.out)
	if err != nil {
		return nil, &StartError{Reason: fmt.Sprintf("run.command: %v", err)}
	}
	return p, nil
}

// environment is what the instance gets, the last word having the drill.
func (t *Trial) environment(declared []service.Pair, o StartOptions) environment {
	env := baseEnvironment(t.tmp)
	env.set("OTEL_EXPORTER_OTLP_ENDPOINT", t.otlp.URL())
	env.set("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	env.set("OTEL_METRIC_EXPORT_INTERVAL", "1000") // ms: the default of 60 s outlasts every drill
	env.set("OTEL_BSP_SCHEDULE_DELAY", "500")      // ms: with the default of 5 s the last spans end with the instance
	env.set("OTEL_SERVICE_NAME", t.rig.service.Name)
	for _, p := range declared {
		env.set(p.Name, p.Value)
	}
	for name, value := range o.Set {
		env.set(name, value)
	}
	for _, name := range o.Unset {
		env.unset(name)
	}
	return env
}

// Env returns the names of the variables that the instance gets, without
// the marker. It is empty before Start.
func (t *Trial) Env() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.env.names()
}

// supervise waits for the main process and starts it again when it failed
// for want of its port.
func (t *Trial) supervise(i *instance) {
	defer close(i.exited)
	for {
		t.mu.Lock()
		p := i.proc
		t.mu.Unlock()
		<-p.reaped
		if !t.again(i, p) {
			return
		}
	}
}

// again reports whether it started the instance on another port.
func (t *Trial) again(i *instance, failed *process) bool {
	if t.rig.fixedPort() || failed.exitCode() == 0 {
		return false
	}
	failed.awaitOutput(time.Second)
	if !addressInUse(t.out) {
		return false
	}
	failed.kill()
	finish, err := t.rig.begin()
	if err != nil {
		return false
	}
	defer finish()
	t.mu.Lock()
	skip := t.over.Err() != nil || i.serving || i.try == tries
	t.mu.Unlock()
	if skip || t.choosePort() != nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p, err := t.launch(i.options)
	if err != nil || t.over.Err() != nil {
		return false
	}
	i.proc, i.try = p, i.try+1
	t.rec.Notef("the port was taken meanwhile; started again on %s", t.base.Host)
	return true
}

// Exited returns a channel that is closed when the main process of the
// current instance was reaped. Before Start it is nil. Descendants may live on.
func (t *Trial) Exited() <-chan struct{} {
	if i := t.instance(); i != nil {
		return i.exited
	}
	return nil
}

func (t *Trial) instance() *instance {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// process returns the main process, which a taken port replaces.
func (t *Trial) process() *process {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current.proc
}
