package ready

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// dependency is one that can be down, or hang for 500 ms and then fail.
type dependency struct{ down, hangs atomic.Bool }

func (d *dependency) check(ctx context.Context) error {
	if d.hangs.Load() {
		select {
		case <-time.After(500 * time.Millisecond):
			return errors.New("timeout")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if d.down.Load() {
		return errors.New("refused")
	}
	return nil
}

// watch runs a gate over the dependency in a bubble of its own.
func watch(t *testing.T, d *dependency, body func(*testing.T, *Gate, *bytes.Buffer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, cancel := context.WithCancel(context.Background())
		g := NewGate(slog.New(slog.NewJSONHandler(&out, nil)), Check{"store", d.check})
		done := make(chan struct{})
		go func() { defer close(done); g.Watch(ctx) }()
		synctest.Wait()
		body(t, g, &out)
		cancel()
		<-done
	})
}

func after(t *testing.T, d time.Duration, g *Gate, want ...string) {
	t.Helper()
	time.Sleep(d) // the bubble's clock
	synctest.Wait()
	if got := g.Waiting(); !slices.Equal(got, want) {
		t.Errorf("after %s the gate waits for %q, want %q", d, got, want)
	}
}

func TestGateIsShutUntilTheFirstSuccess(t *testing.T) {
	d := &dependency{}
	d.down.Store(true)
	watch(t, d, func(t *testing.T, g *Gate, _ *bytes.Buffer) {
		after(t, 0, g, "store")
		after(t, 10*time.Second, g, "store")
		d.down.Store(false)
		after(t, interval, g)
	})
}

func TestGateFollowsARefusedDependency(t *testing.T) {
	d := &dependency{}
	watch(t, d, func(t *testing.T, g *Gate, out *bytes.Buffer) {
		after(t, 0, g)
		d.down.Store(true)
		after(t, interval+confirm, g, "store")
		d.down.Store(false)
		after(t, interval, g)
		for _, event := range []string{"dependency.lost", "dependency.found"} {
			if !strings.Contains(out.String(), event) {
				t.Errorf("no line says %s", event)
			}
		}
	})
}

func TestGateFollowsAHangingDependency(t *testing.T) {
	d := &dependency{}
	watch(t, d, func(t *testing.T, g *Gate, _ *bytes.Buffer) {
		d.hangs.Store(true)
		after(t, 1700*time.Millisecond, g, "store")
		d.hangs.Store(false)
		after(t, 1100*time.Millisecond, g)
	})
}

func TestOneFailureIsNoOutage(t *testing.T) {
	d := &dependency{}
	watch(t, d, func(t *testing.T, g *Gate, _ *bytes.Buffer) {
		d.down.Store(true)
		after(t, interval+confirm/2, g)
		d.down.Store(false)
		after(t, 10*time.Second, g)
	})
}

func TestDrainShutsTheGateForGood(t *testing.T) {
	watch(t, &dependency{}, func(t *testing.T, g *Gate, _ *bytes.Buffer) {
		after(t, 0, g)
		g.Drain()
		after(t, 10*time.Second, g, "shutdown")
		if !g.Draining() {
			t.Error("the gate does not know that it drains")
		}
	})
}
