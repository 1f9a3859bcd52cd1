// Package review is the main job without its command line: it gathers the
// evidence about a service, from its files and from drills, for the checks to
// judge.
package review

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/drill"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/build"
	"github.com/golive-dev/golive/evidence/collect"
	"github.com/golive-dev/golive/evidence/files"
	"github.com/golive-dev/golive/evidence/live"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/service"
)

// Options say what evidence to gather.
type Options struct {
	Dir          string
	Requirements []check.Requirement // what will be judged: only evidence for it is gathered
	Rung         check.Rung          // stop at this rung; None means Proven
	NoDrills     bool
	URL          string // look at this running service instead of starting one
	Parallel     int    // trials at once; 0 lets the rig decide

	// Say hears what is about to happen, a line each: the commands that will
	// run, and what could not be done. It may be nil.
	Say      func(format string, args ...any)
	Progress drill.Progress
}

// reaches reports whether evidence of the rung is wanted.
func (o Options) reaches(rung check.Rung) bool { return o.Rung == check.None || o.Rung >= rung }

// drills reports whether drills are wanted, and may be run.
func (o Options) drills() bool { return !o.NoDrills && o.URL == "" && o.reaches(check.Observed) }

func (o Options) say(format string, args ...any) {
	if o.Say != nil {
		o.Say(format, args...)
	}
}

// Gather reads the repository, runs the drills that the requirements need,
// and returns all evidence. Errors of golive.yaml are service.Errors; any
// other error is golive's own failure.
func Gather(ctx context.Context, o Options) (*evidence.Set, error) {
	svc, err := load(o)
	if err != nil {
		return nil, err
	}
	svc, environment := o.LeaveOut(svc)
	records, err := collect.Repository(ctx, o.Dir)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", o.Dir, err)
	}
	o.sayUnread(records)
	if o.URL != "" && o.reaches(check.Observed) {
		environment = o.URL
		records = append(records, o.lookAt(ctx, svc.Endpoints)...)
	}
	b := build.Identify(ctx, o.Dir, environment, time.Now())
	recordings, digest, err := runDrills(ctx, o, svc)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	b.Digest = digest
	return evidence.NewSet(svc, b, records, recordings...), nil
}

// LeaveOut returns the service without what is declared to be left out where
// this machine has no programs for it, and what to call where it runs: the
// verdict is of another environment then.
func (o Options) LeaveOut(svc *service.Service) (left *service.Service, environment string) {
	const here = "local"
	names := rig.Missing(svc)
	if len(names) == 0 || !o.drills() {
		return svc, here
	}
	without := "without " + strings.Join(names, " and ")
	o.say("this machine has no programs for it, so %s is run %s, and nothing is judged with it", svc.Name, without)
	return svc.Without(names...), here + ", " + without
}

// sayUnread names the files that nobody read: what they hold is not judged.
func (o Options) sayUnread(records []evidence.Record) {
	for _, r := range records {
		if summary, ok := r.Data.(files.Summary); ok {
			for _, f := range summary.Unread {
				o.say("left out: %s (%s)", f.Path, f.Reason)
			}
		}
	}
}

// load reads golive.yaml. Without one there is still a service to look at.
func load(o Options) (*service.Service, error) {
	svc, err := service.Load(o.Dir)
	if errors.Is(err, fs.ErrNotExist) && o.URL != "" {
		return &service.Service{}, nil // lookAt tells what is missing
	}
	if errors.Is(err, fs.ErrNotExist) {
		o.say("there is no %s in %s, so only files are judged; to get drills, write\n%s", service.FileName, o.Dir, service.LinesForDrills(nil))
		return &service.Service{}, nil
	}
	if err != nil {
		return nil, err
	}
	if o.drills() && len(svc.Run.Command) == 0 {
		o.say("%s does not say how to start the service, so only files are judged; to get drills, add\n%s", service.FileName, service.LinesForDrills(svc))
	}
	return svc, nil
}

// lookAt asks a service that somebody else runs, and says when there was
// nothing to ask for or nobody who answered.
func (o Options) lookAt(ctx context.Context, ends service.Endpoints) []evidence.Record {
	records := live.Collect(ctx, o.URL, ends)
	switch {
	case len(records) == 0:
		o.say("%s names no endpoints, so nothing of %s was looked at; add\nendpoints: {live: /livez, ready: /readyz, metrics: /metrics}", service.FileName, o.URL)
	case !slices.ContainsFunc(records, answered):
		o.say("nothing answered at %s; start the service, or correct --url", o.URL)
	}
	return records
}

func answered(r evidence.Record) bool {
	switch seen := r.Data.(type) {
	case evidence.Probe:
		return seen.Status != 0
	case evidence.Scrape:
		return seen.Status != 0
	}
	return false
}

// Drills returns the drills that the requirements need, at most up to rung.
func Drills(reqs []check.Requirement, rung check.Rung) ([]*drill.Drill, error) {
	var names []string
	for _, r := range reqs {
		if r.Check != nil {
			names = append(names, r.Check.Drills()...)
		}
	}
	if rung == check.Observed {
		// Plain traffic is the one drill that only looks.
		names = slices.DeleteFunc(names, func(n string) bool { return n != "traffic" })
	}
	if len(names) == 0 {
		return nil, nil
	}
	slices.Sort(names)
	return drill.Select(slices.Compact(names))
}

func runDrills(ctx context.Context, o Options, svc *service.Service) (recs []*evidence.Recording, digest string, err error) {
	if !o.drills() || len(svc.Run.Command) == 0 {
		return nil, "", nil
	}
	drills, err := Drills(o.Requirements, o.Rung)
	if err != nil || len(drills) == 0 {
		return nil, "", err
	}
	return Record(ctx, o, svc, drills)
}

// Record starts a rig for svc and runs the drills on it. A service that
// cannot be built or started is no error: each recording says so.
func Record(ctx context.Context, o Options, svc *service.Service, drills []*drill.Drill) (recs []*evidence.Recording, digest string, err error) {
	for _, command := range Commands(svc) {
		o.say("runs: %s", command)
	}
	r, err := rig.New(ctx, rig.Options{Dir: o.Dir, Service: svc, Parallel: o.Parallel, Progress: o.Say})
	var start *rig.StartError
	if errors.As(err, &start) && ctx.Err() == nil {
		o.say("no drill could run: %s", start.Reason)
		for _, d := range drills {
			recs = append(recs, unable(d, start))
		}
		return recs, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if recs, err = drill.Run(ctx, r, drills, drill.Options{Progress: o.Progress, Gentle: o.Rung == check.Observed}); err != nil {
		return nil, "", err
	}
	o.sayIfNoneRan(recs)
	return recs, r.Artefact(), nil
}

// sayIfNoneRan says why no drill is evidence, so that nobody has to find it
// out from each requirement of a long report.
func (o Options) sayIfNoneRan(recs []*evidence.Recording) {
	var reasons []string
	for _, rec := range recs {
		problem := rec.Problem("")
		if problem == nil {
			return
		}
		if !slices.Contains(reasons, problem.Text) {
			reasons = append(reasons, problem.Text)
		}
	}
	for _, reason := range reasons {
		o.say("no drill could run: %s", reason)
	}
}

// unable is the recording of a drill that no rig could be had for.
func unable(d *drill.Drill, why *rig.StartError) *evidence.Recording {
	rec := evidence.NewRecorder(d.Name)
	rec.Add(time.Now(), evidence.Event{Problem: &evidence.Problem{Text: why.Reason, Lines: why.Lines}})
	return rec.Recording()
}

// Commands lists the commands in golive.yaml that a drill runs, as a shell
// would be given them.
func Commands(svc *service.Service) []string {
	list := commandsOf(svc.Run)
	for _, d := range svc.Dependencies {
		if d.Run != nil {
			list = append(list, commandsOf(*d.Run)...)
		}
	}
	return list
}
