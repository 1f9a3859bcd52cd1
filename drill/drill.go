// Package drill holds the experiments: each starts the service on a rig,
// forces a situation, and writes down what happened. A drill never says
// whether what it saw is good; checks do, from the recording.
//
// One file is one drill, which registers itself. Every drill records a
// control without its fault first, and proof that the fault was met; where
// either is missing its recording says so and nobody can pass on it.
package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/service"
)

// Drill is one experiment.
type Drill struct {
	Name   string
	Breaks string // what it does to the service, for golive drill --list
	Undoes string // how that ends
	// Lacks says what golive.yaml must hold for the drill to be possible,
	// and "" when it does.
	Lacks func(*service.Service) string
	// Run runs the drill's trials. What it could not show is a problem in
	// the recording; an error is golive's own failure.
	Run func(ctx context.Context, s *Session) error
}

var registered = map[string]*Drill{}

func register(d Drill) *Drill {
	if registered[d.Name] != nil {
		panic("drill: " + d.Name + " is registered twice")
	}
	registered[d.Name] = &d
	return &d
}

// All returns every drill, by name.
func All() []*Drill {
	list := make([]*Drill, 0, len(registered))
	for _, d := range registered {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b *Drill) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Select returns the drills of the given names, or an error that names the
// one that is none. No names pick all.
func Select(names []string) ([]*Drill, error) {
	if len(names) == 0 {
		return All(), nil
	}
	var list []*Drill
	for _, name := range names {
		d := registered[name]
		if d == nil {
			return nil, fmt.Errorf("there is no drill %q; golive drill --list shows them", name)
		}
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list, nil
}

// Progress hears how far a run has come. Both functions may be nil and are
// called from several goroutines.
type Progress struct {
	Plan func(trials int)          // that many more trials are to come
	Done func(drill, trial string) // one more has ended
}

// Options are how a run goes.
type Options struct {
	Progress
	Gentle bool // look only: put no fault anywhere
}

// Run runs the drills side by side, as many trials at once as the rig has
// slots, and returns their recordings in the order of drills. The error is
// golive's own failure or that of the context.
func Run(ctx context.Context, r *rig.Rig, drills []*Drill, o Options) ([]*evidence.Recording, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pre := preflight(ctx, r)
	recs := make([]*evidence.Recording, len(drills))
	repeated := new(atomic.Int32)
	var group sync.WaitGroup
	for i, d := range drills {
		group.Go(func() {
			s := &Session{Rig: r, rec: evidence.NewRecorder(d.Name), drill: d.Name, progress: o.Progress, gentle: o.Gentle, pre: pre, repeated: repeated}
			rec, err := s.run(ctx, d)
			if err != nil {
				cancel(fmt.Errorf("drill %s: %w", d.Name, err))
			}
			recs[i] = rec
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return recs, r.Err()
}

func (s *Session) run(ctx context.Context, d *Drill) (rec *evidence.Recording, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("it broke: %v", x)
		}
	}()
	lacks := ""
	if d.Lacks != nil {
		lacks = d.Lacks(s.Service())
	}
	switch {
	case lacks != "":
		s.rec.Add(time.Now(), evidence.Event{Problem: &evidence.Problem{Text: lacks}})
	case s.pre.problem != nil:
		s.rec.Add(time.Now(), evidence.Event{Problem: s.pre.problem})
	default:
		err = d.Run(ctx, s)
	}
	return s.rec.Recording(), err
}

// Session is one run of one drill.
type Session struct {
	Rig      *rig.Rig
	rec      *evidence.Recorder
	drill    string
	progress Progress
	gentle   bool
	pre      preflightResult
	repeated *atomic.Int32 // trials of the whole run that were run again
}

// Service returns what the owner declared.
func (s *Session) Service() *service.Service { return s.Rig.Service() }

// Each runs body for each trial, side by side, each on an instance and
// proxies of its own. What keeps one trial from being evidence becomes its
// problem and leaves the others alone; only golive's own failures are
// returned.
func (s *Session) Each(ctx context.Context, names []string, body func(ctx context.Context, t *Trial) error) error {
	if s.progress.Plan != nil {
		s.progress.Plan(len(names))
	}
	errs := make([]error, len(names))
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() {
			errs[i] = s.steadily(ctx, name, body)
			if s.progress.Done != nil {
				s.progress.Done(s.drill, name)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// noEvidence is why a trial shows nothing: a matter of the recording, not a
// failure of golive.
type noEvidence struct{ text string }

func (e noEvidence) Error() string { return e.text }

func noEvidencef(format string, args ...any) error {
	return noEvidence{fmt.Sprintf(format, args...)}
}

// one runs a trial once and returns when it got its slot.
func (s *Session) one(ctx context.Context, name string, body func(ctx context.Context, t *Trial) error) (began time.Time, err error) {
	rec := s.rec.Trial(name)
	rec.SetPhase(evidence.PhaseControl)
	onRig, err := s.Rig.NewTrial(ctx, rec)
	if err != nil {
		return began, fmt.Errorf("trial %s: %w", name, err)
	}
	began = time.Now()
	defer onRig.Close()
	return began, s.settle(ctx, onRig, body)
}

// settle runs the body of a trial and records why it is no evidence, if so.
func (s *Session) settle(ctx context.Context, onRig *rig.Trial, body func(ctx context.Context, t *Trial) error) (err error) {
	rec := onRig.Recorder()
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("trial %s broke: %v", rec.Name(), x)
		}
	}()
	err = body(ctx, &Trial{Trial: onRig, rec: rec, session: s})
	var none noEvidence
	var start *rig.StartError
	switch {
	case err == nil || ctx.Err() != nil:
		return nil // the end of the context is told once, by Run
	case errors.As(err, &none):
		rec.Problemf(onRig.LastLines(10), "%s", none.text)
		return nil
	case errors.As(err, &start):
		rec.Problemf(start.Lines, "%s", start.Reason)
		return nil
	}
	return fmt.Errorf("trial %s: %w", rec.Name(), err)
}
