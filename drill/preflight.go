package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

// preflightResult is what one start without any fault showed. It spares the
// drills a start limit each when the service cannot start at all, and tells
// them whether readiness can be waited for.
type preflightResult struct {
	problem *evidence.Problem
	ready   bool          // the readiness endpoint answered 2xx
	unready string        // else: what it did
	took    time.Duration // from the start until ready, or until it served
	// answers tells what a good answer to each traffic, by name, takes by
	// itself. A traffic that never got one is not in it.
	answers map[string]time.Duration
}

// slowest is what the slowest of the good answers takes.
func (p preflightResult) slowest() (longest time.Duration) {
	for _, took := range p.answers {
		longest = max(longest, took)
	}
	return longest
}

func preflight(ctx context.Context, r *rig.Rig) preflightResult {
	rec := evidence.NewRecorder("preflight")
	t, err := r.NewTrial(ctx, rec.Trial("preflight"))
	if err != nil {
		return preflightResult{problem: &evidence.Problem{Text: err.Error()}}
	}
	defer t.Close()
	begin := time.Now()
	err = t.Start(ctx, rig.StartOptions{})
	if err == nil {
		err = t.AwaitServing(ctx)
	}
	var start *rig.StartError
	if errors.As(err, &start) {
		return preflightResult{problem: &evidence.Problem{Text: "the service did not start: " + start.Reason, Lines: start.Lines}}
	}
	if err != nil {
		return preflightResult{problem: &evidence.Problem{Text: fmt.Sprintf("the service did not start: %v", err)}}
	}
	unready := "golive.yaml does not name the readiness endpoint (endpoints.ready)"
	if r.Service().Endpoints.Ready != "" {
		unready = ""
		if err := t.AwaitReady(ctx); err != nil {
			unready = err.Error()
		}
	}
	return preflightResult{ready: unready == "", unready: unready, took: time.Since(begin), answers: rehearse(ctx, t, r.Service().Traffic)}
}

// patience is how long requests may fail after the service said that it is
// ready, before the trials that need them give up. That it said so too early
// is for the drill start to show, and not to hide all that others would.
const patience = 5 * time.Second

// rehearse sends each traffic twice – the first answer of a process is often
// a slow one – and returns how long the second one took.
func rehearse(ctx context.Context, t *rig.Trial, traffic []service.Traffic) map[string]time.Duration {
	answers := map[string]time.Duration{}
	end := time.Now().Add(patience)
	for _, tr := range traffic {
		m, err := load.NewMaker(t.URL(), tr)
		if err != nil {
			continue // the trials will say so
		}
		for good := 0; good < 2; {
			r := load.Do(ctx, m.Next(), answerLimit)
			if r.OK() {
				good++
				answers[tr.Name] = r.Took.D()
				continue
			}
			if ctx.Err() != nil || time.Now().After(end) {
				break
			}
			Pause(ctx, controlPause)
		}
	}
	return answers
}
