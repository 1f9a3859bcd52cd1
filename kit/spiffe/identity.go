package spiffe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

// Identity is the identity of this workload, as the agent said last. It is
// safe for use by several goroutines.
type Identity struct {
	c       Config
	client  *workloadapi.Client
	metrics *metrics
	current atomic.Pointer[material]

	first    chan struct{} // closed with the first identity
	end      context.CancelFunc
	watching sync.WaitGroup
	closed   sync.Once

	mu      sync.Mutex
	failure error // of the watch, since the last identity
}

// material is one answer of the agent.
type material struct {
	svid    *x509svid.SVID
	bundles *x509bundle.Set
}

// New asks the agent for the workload's identity and goes on following it
// until Close. It waits for the first answer until ctx is done, but no longer
// than Config.Wait, and returns the reason for which there was none.
func New(ctx context.Context, c Config) (*Identity, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	i := &Identity{c: c, first: make(chan struct{})}
	if i.metrics, err = newMetrics(c.Registerer, c.Address); err != nil {
		return nil, err
	}
	watch, end := context.WithCancel(context.Background())
	i.end = end
	if i.client, err = workloadapi.New(watch, options(c.Address)...); err != nil {
		end()
		return nil, fmt.Errorf("spiffe: %s: %w", c.Address, err)
	}
	i.watching.Go(func() { i.watch(watch) })
	if err := i.await(ctx); err != nil {
		i.Close()
		return nil, err
	}
	return i, nil
}

// await waits for the first identity.
func (i *Identity) await(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, i.c.Wait)
	defer cancel()
	select {
	case <-i.first:
		return nil
	case <-wait.Done():
	}
	cause := wait.Err()
	if ctx.Err() == nil {
		cause = fmt.Errorf("no identity within %s", i.c.Wait)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.failure == nil {
		return fmt.Errorf("spiffe: %s: %w: the agent is silent", i.c.Address, cause)
	}
	return fmt.Errorf("spiffe: %s: %w: is an agent there, and the workload registered with it? %w", i.c.Address, cause, i.failure)
}

// Close ends the following. What was made of the identity works on with the
// certificate that it had last.
func (i *Identity) Close() error {
	var err error
	i.closed.Do(func() {
		i.end()
		i.watching.Wait()
		err = i.client.Close()
	})
	return err
}

// ID returns the workload's SPIFFE ID.
func (i *Identity) ID() spiffeid.ID { return i.current.Load().svid.ID }

// NotAfter returns the end of validity of the workload's certificate.
func (i *Identity) NotAfter() time.Time { return i.current.Load().svid.Certificates[0].NotAfter }

// Check returns an error when the certificate has expired, because then no
// peer talks to this workload. It fits the checks of kit/health.
func (i *Identity) Check(context.Context) error {
	if end := i.NotAfter(); i.c.Now().After(end) {
		i.mu.Lock()
		defer i.mu.Unlock()
		return errors.Join(fmt.Errorf("spiffe: the certificate of %s expired at %s", i.ID(), end.UTC().Format(time.RFC3339)), i.failure)
	}
	return nil
}

// GetX509SVID implements [x509svid.Source].
func (i *Identity) GetX509SVID() (*x509svid.SVID, error) { return i.current.Load().svid, nil }

// GetX509BundleForTrustDomain implements [x509bundle.Source].
func (i *Identity) GetX509BundleForTrustDomain(domain spiffeid.TrustDomain) (*x509bundle.Bundle, error) {
	return i.current.Load().bundles.GetX509BundleForTrustDomain(domain)
}
