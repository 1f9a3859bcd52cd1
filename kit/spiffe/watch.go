package spiffe

import (
	"context"
	"fmt"
	"time"

	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

const (
	firstPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
)

func options(address string) []workloadapi.ClientOption {
	pause := backoff.Config{BaseDelay: firstPause, Multiplier: 1.6, Jitter: 0.2, MaxDelay: mostPause}
	return []workloadapi.ClientOption{
		workloadapi.WithAddr(address),
		workloadapi.WithBackoffStrategy(pauses{}),
		workloadapi.WithDialOptions(grpc.WithConnectParams(grpc.ConnectParams{Backoff: pause, MinConnectTimeout: mostPause})),
	}
}

// pauses double from firstPause to mostPause. There is no jitter: an agent
// serves the workloads of its node alone.
type pauses struct{}

// NewBackoff implements [workloadapi.BackoffStrategy].
func (pauses) NewBackoff() workloadapi.Backoff { return &doubling{next: firstPause} }

type doubling struct{ next time.Duration }

func (d *doubling) Next() time.Duration {
	now := d.next
	d.next = min(2*d.next, mostPause)
	return now
}

func (d *doubling) Reset() { d.next = firstPause }

// watch follows the agent until ctx is done. The watch of go-spiffe ends by
// itself when the agent says so; it is begun again.
func (i *Identity) watch(ctx context.Context) {
	pause := pauses{}.NewBackoff()
	for {
		err := i.client.WatchX509Context(ctx, (*watcher)(i))
		if ctx.Err() != nil {
			return
		}
		i.failed(fmt.Errorf("the watch ended: %w", err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause.Next()):
		}
	}
}

// watcher hears what the agent says. It keeps the methods that
// [workloadapi.X509ContextWatcher] wants off the Identity.
type watcher Identity

// OnX509ContextUpdate implements [workloadapi.X509ContextWatcher].
func (w *watcher) OnX509ContextUpdate(x *workloadapi.X509Context) {
	i := (*Identity)(w)
	svid, err := i.pick(x.SVIDs)
	if err != nil {
		i.failed(err)
		return
	}
	i.use(&material{svid, x.Bundles})
}

// OnX509ContextWatchError implements [workloadapi.X509ContextWatcher].
func (w *watcher) OnX509ContextWatchError(err error) { (*Identity)(w).failed(err) }

// pick returns the identity that Config.Hint asks for, if it can be used.
func (i *Identity) pick(svids []*x509svid.SVID) (*x509svid.SVID, error) {
	for _, s := range svids {
		if i.c.Hint != "" && s.Hint != i.c.Hint {
			continue
		}
		if end := s.Certificates[0].NotAfter; i.c.Now().After(end) {
			return nil, fmt.Errorf("the certificate of %s that the agent offers expired at %s", s.ID, end.UTC().Format(time.RFC3339))
		}
		return s, nil
	}
	return nil, fmt.Errorf("the agent offers no identity with the hint %q", i.c.Hint)
}

// use makes m the identity of all handshakes to come.
func (i *Identity) use(m *material) {
	event := "certificate.rotated"
	if i.current.Swap(m) == nil {
		event = "certificate.loaded"
		defer close(i.first)
	}
	i.mu.Lock()
	i.failure = nil
	i.mu.Unlock()
	leaf := m.svid.Certificates[0]
	i.metrics.set(leaf.NotAfter)
	i.c.Log.Info(event, "file", i.c.Address, "id", m.svid.ID.String(), "serial", leaf.SerialNumber.Text(16), "not_after", leaf.NotAfter)
}

// failed counts a failure, and tells of it unless it is the last one again.
func (i *Identity) failed(err error) {
	i.mu.Lock()
	told := i.failure != nil && i.failure.Error() == err.Error()
	i.failure = err
	i.mu.Unlock()
	i.metrics.failures.Inc()
	if !told {
		i.c.Log.Warn("certificate.refresh_failed", "file", i.c.Address, "error", err)
	}
}
