package rig

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/golive-dev/golive/rig/otlp"
	"github.com/golive-dev/golive/service"
)

// Options say what a rig runs.
type Options struct {
	Dir      string                           // the service's directory, where golive.yaml lies
	Service  *service.Service                 // what it declares
	Parallel int                              // trials at once; 0: the greater of 4 and 2 × GOMAXPROCS
	Progress func(format string, args ...any) // takes one line of progress; may be nil
}

// Rig holds all that one review runs. Its methods are safe for concurrent use.
type Rig struct {
	guard
	ctx      context.Context // ends when the rig does
	cancel   context.CancelFunc
	dir      string // absolute
	service  *service.Service
	report   func(format string, args ...any)
	id       string // the beginning of every marker
	scratch  string
	artefact string
	warden   *warden
	otlp     *otlp.Receiver // for what backends export, which nobody reads
	ports    ports
	slots    chan struct{}
	backends map[string]backend
	number   atomic.Int64
	pulse    pulse

	life   sync.RWMutex // held for reading while something is started
	closed bool
	trials map[*Trial]bool
	mu     sync.Mutex // guards trials

	closing  sync.Once
	closeErr error
}

// New builds the service and its dependencies, starts what stands behind the
// dependencies and waits until it answers. What golive.yaml names and does
// not work is a *[StartError]. When ctx ends, so does everything of the rig;
// Close must be called all the same.
func New(ctx context.Context, o Options) (*Rig, error) {
	r, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	context.AfterFunc(ctx, func() { r.Close() })
	return r, nil
}

// prepare makes what a rig has before it starts anything of the service's.
func prepare(ctx context.Context, o Options) (*Rig, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the service's directory: %w", err)
	}
	r := &Rig{
		dir: dir, service: o.Service, report: o.Progress, id: strings.ToLower(rand.Text()),
		backends: map[string]backend{}, trials: map[*Trial]bool{},
	}
	r.guard.end = func() { r.Close() }
	adoptOrphans()
	if err := r.checkVariables(); err != nil {
		return nil, err
	}
	r.slots = make(chan struct{}, r.parallel(o.Parallel))
	if r.scratch, err = os.MkdirTemp("", "golive-"); err != nil {
		return nil, fmt.Errorf("making a scratch directory: %w", err)
	}
	if r.warden, err = startWarden(r.scratch, r.id); err != nil {
		return nil, errors.Join(err, removeScratch(r.scratch))
	}
	if r.otlp, err = otlp.New(); err != nil {
		r.warden.dismiss()
		return nil, errors.Join(err, removeScratch(r.scratch))
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.run(func() { r.pulse.run(r.ctx.Done()) })
	return r, nil
}

// parallel is one where the service's port cannot be chosen.
func (r *Rig) parallel(wanted int) int {
	switch {
	case r.fixedPort():
		return 1
	case wanted > 0:
		return wanted
	}
	return max(4, 2*runtime.GOMAXPROCS(0))
}

func (r *Rig) start(ctx context.Context) error {
	finish, err := r.begin()
	if err != nil {
		return err
	}
	defer finish()
	ctx, done := r.joinCancel(ctx)
	defer done()
	if err := r.build(ctx); err != nil {
		return err
	}
	if err := r.startBackends(ctx); err != nil {
		return err
	}
	r.artefact, err = r.digest()
	return err
}

// checkVariables finds unknown ${…} before anything is started.
func (r *Rig) checkVariables() error {
	vars := variables{"port": "", "dir": "", "otlp.url": ""}
	for _, d := range r.service.Dependencies {
		vars.link(d.Name, "", "")
		vars.login(d.Name, url.URL{})
	}
	var errs []error
	for _, d := range r.service.Dependencies {
		if d.Run != nil {
			_, err := substitute("dependencies."+d.Name+".run", "/", *d.Run, vars)
			errs = append(errs, err)
		}
	}
	vars["port.ops"] = ""
	_, err := substitute("run", "/", r.service.Run, vars)
	_, _, urlErr := r.addresses("0", "0")
	return errors.Join(append(errs, err, urlErr)...)
}

// digest hashes the file that run.command starts. A program found on PATH is
// an interpreter or a wrapper, which says nothing about the service.
func (r *Rig) digest() (string, error) {
	run := r.service.Run
	if !strings.Contains(run.Command[0], "/") || strings.Contains(run.Command[0]+run.Dir, "${") {
		return "", nil
	}
	path, err := resolve("run", run.Command[0], filepath.Join(r.dir, run.Dir))
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hashing the artefact: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("hashing the artefact: %w", err)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// Artefact returns "sha256:…" of the file that run.command starts, or ""
// when it is found on PATH.
func (r *Rig) Artefact() string { return r.artefact }

// Service returns what golive.yaml declares.
func (r *Rig) Service() *service.Service { return r.service }

// Err returns the failure of golive itself that ended the rig, or nil.
func (r *Rig) Err() error { return r.failure() }

// Go calls f in a goroutine. When f panics, everything of the rig ends and
// Err tells.
func (r *Rig) Go(f func()) { r.run(f) }

// Close ends and removes everything of the rig and returns when that is
// done. It may be called more than once. Its error is a panic of the rig, or
// a file that could not be removed.
func (r *Rig) Close() error {
	r.closing.Do(func() { r.closeErr = r.close() })
	return errors.Join(r.Err(), r.closeErr)
}

func (r *Rig) close() error {
	r.cancel()
	r.life.Lock()
	r.closed = true
	r.life.Unlock()
	var all sync.WaitGroup
	for _, t := range r.openTrials() {
		all.Go(t.Close)
	}
	all.Wait()
	for _, b := range r.backends {
		all.Go(b.close)
	}
	all.Wait()
	endOrphans()
	r.otlp.Close()
	err := removeScratch(r.scratch)
	r.warden.dismiss()
	return err
}

// begin is called before something is started and its result after that, so
// that Close misses nothing.
func (r *Rig) begin() (end func(), err error) {
	r.life.RLock()
	if r.closed || r.ctx.Err() != nil {
		r.life.RUnlock()
		return nil, r.closedError()
	}
	return r.life.RUnlock, nil
}

func (r *Rig) openTrials() []*Trial {
	r.mu.Lock()
	defer r.mu.Unlock()
	var open []*Trial
	for t := range r.trials {
		open = append(open, t)
	}
	return open
}

// marker returns a new value of Marker.
func (r *Rig) marker() string { return fmt.Sprintf("%s-%d", r.id, r.number.Add(1)) }

func (r *Rig) progress(format string, args ...any) {
	if r.report != nil {
		r.report(format, args...)
	}
}
