package rig

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig/otlp"
	"github.com/golive-dev/golive/rig/proxy"
)

// Trial is the place of one instance of the service: its port, the fault
// proxies before its dependencies, its OTLP receiver and its scratch
// directory. Its methods are safe for concurrent use.
type Trial struct {
	rig     *Rig
	rec     *evidence.TrialRecorder
	name    string // unlike Recorder().Name, unique and fit for a file or a database
	dir     string // ${dir}
	tmp     string
	proxies map[string]*proxy.Proxy
	shares  map[string]*share
	otlp    *otlp.Receiver
	out     *output

	mu      sync.Mutex
	port    int
	base    *url.URL
	opsPort int
	ops     *url.URL // base, unless endpoints.ops is declared
	env     environment
	current *instance // nil before Start

	closing sync.Once
	over    context.Context // ends with Close
	end     context.CancelFunc
}

// NewTrial waits for a free slot and makes a trial whose events go to rec.
// Close gives the slot back.
func (r *Rig) NewTrial(ctx context.Context, rec *evidence.TrialRecorder) (*Trial, error) {
	ctx, done := r.joinCancel(ctx)
	defer done()
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a free slot: %w", context.Cause(ctx))
	}
	finish, err := r.begin()
	if err != nil {
		<-r.slots
		return nil, err
	}
	defer finish()
	t := r.newTrial(rec)
	if err := t.furnish(ctx); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (r *Rig) newTrial(rec *evidence.TrialRecorder) *Trial {
	t := &Trial{
		rig: r, rec: rec, name: fmt.Sprintf("trial_%d", r.number.Add(1)),
		proxies: map[string]*proxy.Proxy{}, shares: map[string]*share{},
		out: &output{},
	}
	t.over, t.end = context.WithCancel(context.Background())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trials[t] = true
	return t
}

// furnish makes all that the trial has besides the instance.
func (t *Trial) furnish(ctx context.Context) error {
	var err error
	if t.dir, t.tmp, err = t.rig.scratchFor(t.name); err != nil {
		return err
	}
	if t.otlp, err = otlp.New(); err != nil {
		return err
	}
	if err := t.choosePort(); err != nil {
		return err
	}
	for _, d := range t.rig.service.Dependencies {
		part, err := t.rig.backends[d.Name].share(ctx, t.name)
		if err != nil {
			return err
		}
		t.shares[d.Name] = part
		t.proxies[d.Name], err = proxy.New(proxy.Options{
			Dependency: d.Name, HTTP: d.IsHTTP(),
			Target: func() string { return part.addr },
			On: func(at time.Time, c evidence.Call) {
				t.rec.AddLate(at, evidence.Event{Call: &c})
			},
		})
		if err != nil {
			return fmt.Errorf("starting the proxy before %s: %w", d.Name, err)
		}
	}
	return nil
}

// choosePort takes free ports, unless the endpoints name some.
func (t *Trial) choosePort() error {
	port, opsPort := 0, 0
	if !t.rig.fixedPort() {
		var err error
		if port, err = t.rig.ports.free(); err != nil {
			return err
		}
		if opsPort, err = t.rig.ports.free(); err != nil {
			return err
		}
	}
	base, ops, err := t.rig.addresses(strconv.Itoa(port), strconv.Itoa(opsPort))
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.port, t.base, t.opsPort, t.ops = port, base, opsPort, ops
	if port == 0 {
		t.port, err = strconv.Atoi(base.Port())
	}
	return err
}

// Recorder returns where the trial's events go.
func (t *Trial) Recorder() *evidence.TrialRecorder { return t.rec }

// Proxy returns the proxy before a dependency, or nil when there is no such
// dependency.
func (t *Trial) Proxy(dependency string) *proxy.Proxy { return t.proxies[dependency] }

// OTLP returns the receiver of what the instance exports.
func (t *Trial) OTLP() *otlp.Receiver { return t.otlp }

// OpsURL returns what the paths of the endpoints are relative to: URL, unless
// endpoints.ops is declared.
func (t *Trial) OpsURL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ops.String()
}

// URL returns the base URL of the instance, without a slash at its end. It
// can change once, before AwaitServing returns, when somebody else took the port.
func (t *Trial) URL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.base.String()
}

// address returns host:port of URL.
func (t *Trial) address() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.base.Host
}

// LastLines returns the last n lines that the instance wrote, oldest first.
func (t *Trial) LastLines(n int) []string { return t.out.last(n) }

// Lines returns all lines of the instance that are kept, by arrival.
func (t *Trial) Lines() []evidence.Line {
	var all []evidence.Line
	t.out.each(func(l line) { all = append(all, l.evidence()) })
	return all
}

// Close kills the instance with all that it started, records its lines and
// spans, removes what belongs to the trial and gives the slot back. It may
// be called more than once.
func (t *Trial) Close() {
	t.closing.Do(func() {
		defer func() { <-t.rig.slots }()
		t.end()
		t.endInstance()
		for _, name := range slices.Sorted(maps.Keys(t.proxies)) {
			if p := t.proxies[name]; p != nil {
				p.Close()
			}
		}
		t.flush()
		t.release()
	})
}

// release undoes furnish, but for the proxies, whose last calls are recorded.
func (t *Trial) release() {
	if t.otlp != nil {
		t.otlp.Close()
	}
	for _, s := range t.shares {
		s.giveBack()
	}
	if err := removeScratch(filepath.Dir(t.dir)); err != nil {
		t.rec.Notef("%v", err)
	}
	t.rig.mu.Lock()
	defer t.rig.mu.Unlock()
	delete(t.rig.trials, t)
}

// flush records what was collected while the instance ran.
func (t *Trial) flush() {
	t.out.each(func(l line) {
		e := l.evidence()
		t.rec.AddLate(l.at, evidence.Event{Line: &e})
	})
	if lines, size, at := t.out.lost(); lines > 0 {
		t.rec.AddLate(at, evidence.Event{Flood: &evidence.Flood{Lines: lines, Bytes: size}})
	}
	if t.otlp == nil {
		return
	}
	for _, s := range t.otlp.Spans() {
		t.rec.AddLate(s.Event())
	}
	for _, l := range t.otlp.Logs() {
		t.rec.AddLate(l.Event())
	}
}

func (l *line) evidence() evidence.Line {
	return evidence.Line{Stream: l.stream, Text: l.String(), Cut: l.cut}
}

var errTrialClosed = errors.New("the trial is closed")
