package inbound_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/golive-dev/golive/kit/inbound"
)

// inside serves one request whose parent context is given, and calls f with the
// context that its handler gets. It returns that context.
func inside(t *testing.T, parent context.Context, timeout time.Duration, f func(context.Context)) context.Context {
	t.Helper()
	r := newRig(t, nil)
	var got context.Context
	r.HandleFunc("GET /", func(_ http.ResponseWriter, req *http.Request) {
		got = req.Context()
		f(got)
	}, inbound.Timeout(timeout))
	req, err := http.NewRequestWithContext(parent, "GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.ServeHTTP(&sink{header: http.Header{}}, req)
	return got
}

func TestContextEndsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		inside(t, context.Background(), time.Second, func(ctx context.Context) {
			if at, ok := ctx.Deadline(); !ok || at.Sub(begin) != time.Second {
				t.Errorf("deadline in %s, %v", at.Sub(begin), ok)
			}
			if ctx.Err() != nil {
				t.Error(ctx.Err())
			}
			<-ctx.Done()
			if time.Since(begin) != time.Second || ctx.Err() != context.DeadlineExceeded || context.Cause(ctx) != context.DeadlineExceeded {
				t.Errorf("after %s: %v", time.Since(begin), ctx.Err())
			}
		})
	})
}

// Who only asks for the error must see the deadline too, and the channel agree.
func TestContextEndsAtTheDeadlineForWhoDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside(t, context.Background(), time.Second, func(ctx context.Context) {
			time.Sleep(time.Second)
			if ctx.Err() != context.DeadlineExceeded {
				t.Error(ctx.Err())
			}
			select {
			case <-ctx.Done():
			default:
				t.Error("there is an error and Done is open")
			}
			if ctx.Err() != context.DeadlineExceeded || context.Cause(ctx) != context.DeadlineExceeded {
				t.Error(ctx.Err(), context.Cause(ctx))
			}
		})
	})
}

func TestContextEndsWithItsParent(t *testing.T) {
	why := errors.New("stopping")
	parent, stop := context.WithCancelCause(context.Background())
	inside(t, parent, time.Minute, func(ctx context.Context) {
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		stop(why)
		<-child.Done()
		if ctx.Err() != context.Canceled || context.Cause(ctx) != why || context.Cause(child) != why {
			t.Error(ctx.Err(), context.Cause(ctx), context.Cause(child))
		}
	})
	inside(t, parent, time.Minute, func(ctx context.Context) {
		if ctx.Err() != context.Canceled || context.Cause(ctx) != why {
			t.Error(ctx.Err(), context.Cause(ctx))
		}
	})
}

func TestContextTakesTheSoonestDeadline(t *testing.T) {
	for parent, want := range map[time.Duration]time.Duration{time.Second: time.Second, time.Hour: time.Minute} {
		ctx, cancel := context.WithTimeout(context.Background(), parent)
		inside(t, ctx, time.Minute, func(ctx context.Context) {
			if at, ok := ctx.Deadline(); !ok || time.Until(at) > want || time.Until(at) < want-30*time.Second {
				t.Errorf("%s of %s and 1m0s", time.Until(at), parent)
			}
		})
		cancel()
	}
	inside(t, context.Background(), 0, func(ctx context.Context) {
		if at, ok := ctx.Deadline(); ok || ctx.Err() != nil {
			t.Errorf("a route without a limit ends at %s", at)
		}
	})
}

func TestContextIsCanceledAfterTheRequest(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Minute} {
		for name, f := range map[string]func(context.Context){"waited for": func(ctx context.Context) { ctx.Done() }, "unused": func(context.Context) {}} {
			ctx := inside(t, context.Background(), timeout, f)
			select {
			case <-ctx.Done():
			default:
				t.Errorf("%s, %s: still open", name, timeout)
			}
			if ctx.Err() != context.Canceled {
				t.Errorf("%s, %s: %v", name, timeout, ctx.Err())
			}
			if !trace.SpanContextFromContext(context.WithoutCancel(ctx)).IsValid() {
				t.Error("what goes on in the background lost the trace")
			}
		}
	}
}

// Children of a foreign context cost a goroutine each, unless the standard
// library finds the one that it can cancel through.
func TestChildrenCostNoGoroutine(t *testing.T) {
	inside(t, context.Background(), time.Minute, func(ctx context.Context) {
		before := runtime.NumGoroutine()
		for range 100 {
			_, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 1), time.Hour)
			defer cancel()
		}
		if n := runtime.NumGoroutine() - before; n > 10 {
			t.Errorf("%d goroutines for 100 children", n)
		}
	})
}

type key struct{}

func TestContextKeepsTheValuesOfItsParent(t *testing.T) {
	inside(t, context.WithValue(context.Background(), key{}, 7), time.Minute, func(ctx context.Context) {
		for range 2 { // before and after somebody waits
			if ctx.Value(key{}) != 7 || ctx.Value("none") != nil {
				t.Error("values were lost")
			}
			ctx.Done()
		}
	})
}

func TestContextIsSafeForManyGoroutines(t *testing.T) {
	inside(t, context.Background(), time.Minute, func(ctx context.Context) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				child, cancel := context.WithCancel(ctx)
				defer cancel()
				if ctx.Err() != nil || child.Err() != nil || ctx.Done() == nil || !trace.SpanContextFromContext(child).IsValid() {
					t.Error("not the same for all")
				}
				inbound.SetSubject(child, "account-7")
			})
		}
		wg.Wait()
	})
}

func TestAHandlerThatRunsOutOfTimeIs504(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.HandleErr("GET /", func(_ http.ResponseWriter, req *http.Request) error {
			<-req.Context().Done()
			return req.Context().Err()
		})
		r.HandleErr("GET /own", func(_ http.ResponseWriter, req *http.Request) error {
			ctx, cancel := context.WithTimeout(req.Context(), time.Second)
			defer cancel()
			<-ctx.Done()
			return ctx.Err()
		})
		begin := time.Now()
		if w := r.ask("GET", "/"); w.Code != 504 || time.Since(begin) != inbound.DefaultTimeout {
			t.Errorf("%d after %s", w.Code, time.Since(begin))
		}
		if w := r.ask("GET", "/own"); w.Code != 500 {
			t.Errorf("a timeout of the handler's own is its own failure: %d", w.Code)
		}
	})
}
