package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// probeTimeout is the default timeoutSeconds of Kubernetes' probes.
const probeTimeout = time.Second

// readyPause lies between two questions to the readiness endpoint.
const readyPause = 50 * time.Millisecond

var errNotStarted = errors.New("the trial has no instance; start one first")

// AwaitServing returns as soon as the instance accepts a connection, which it
// records, and a *[StartError] when it exited, or did not within run.start.
func (t *Trial) AwaitServing(ctx context.Context) error {
	i := t.instance()
	if i == nil {
		return errNotStarted
	}
	ctx, done := t.joinCancel(ctx)
	defer done()
	err := arrival{
		what: "the service", addr: t.address, process: t.process, exited: i.exited,
		from: i.from, limit: t.rig.service.Run.StartLimit(),
		hint: "let it take its port from ${port}, or set endpoints.url",
	}.await(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !i.serving {
		i.serving = true
		t.rec.Add(time.Now(), evidence.Event{Instance: &evidence.Instance{State: evidence.Serving}})
	}
	return nil
}

// AwaitReady returns as soon as the readiness endpoint answers 2xx, which it
// records, and a *[StartError] when that does not happen within run.start.
// Without endpoints.ready it does what AwaitServing does.
func (t *Trial) AwaitReady(ctx context.Context) error {
	if err := t.AwaitServing(ctx); err != nil {
		return err
	}
	path := t.rig.service.Endpoints.Ready
	if path == "" {
		return nil
	}
	i := t.instance()
	ctx, done := t.joinCancel(ctx)
	defer done()
	limit := t.rig.service.Run.StartLimit()
	for {
		answer := getStatus(ctx, t.OpsURL()+path)
		if len(answer) == 3 && answer[0] == '2' {
			t.rec.Add(time.Now(), evidence.Event{Instance: &evidence.Instance{State: evidence.Ready}})
			return nil
		}
		if time.Since(i.from) > limit {
			return t.failed("GET %s answered %s until %v after the start, not 2xx", path, answer, limit)
		}
		if !i.alive() {
			t.process().awaitOutput(time.Second)
			return t.failed("the service ended with exit code %d before it was ready", t.process().exitCode())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for readiness: %w", context.Cause(ctx))
		case <-time.After(readyPause):
		}
	}
}

func (t *Trial) failed(format string, args ...any) error {
	return &StartError{Reason: fmt.Sprintf(format, args...), Lines: t.LastLines(lastLines)}
}

// prober asks without a memory of former connections, as a platform does. It
// follows no redirect: ready is 2xx and nothing else.
var prober = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	Timeout:       probeTimeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// getStatus returns the status code of the answer, or why there is none.
func getStatus(ctx context.Context, url string) string {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	answer, err := prober.Do(q)
	if err != nil {
		return fmt.Sprintf("nothing (%v)", err)
	}
	defer answer.Body.Close()
	io.CopyN(io.Discard, answer.Body, 64<<10)
	return fmt.Sprint(answer.StatusCode)
}

// joinCancel returns a context that ends with ctx or with the trial.
func (t *Trial) joinCancel(ctx context.Context) (context.Context, func()) {
	both, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(t.over, func() { cancel(errTrialClosed) })
	return both, func() { stop(); cancel(nil) }
}
