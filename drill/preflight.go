package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/rig"
)

// preflightResult is what one start without any fault showed. It spares the
// drills a start limit each when the service cannot start at all, and tells
// them whether readiness can be waited for.
type preflightResult struct {
	problem *evidence.Problem
	ready   bool          // the readiness endpoint answered 200
	took    time.Duration // from the start until ready, or until it served
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
	ready := r.Service().Endpoints.Ready != "" && t.AwaitReady(ctx) == nil
	return preflightResult{ready: ready, took: time.Since(begin)}
}
