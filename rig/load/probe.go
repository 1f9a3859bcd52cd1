package load

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// probeTimeout is how long a probe waits: the default of timeoutSeconds in
// Kubernetes.
const probeTimeout = time.Second

// Ask asks an endpoint once, as a platform does: over a connection of its own,
// for at most 1 s, without following redirects. It returns when it asked and
// what came of it. endpoint is "live", "ready" or "metrics", address the whole
// URL.
func Ask(ctx context.Context, endpoint, address string) (time.Time, evidence.Probe) {
	at := time.Now()
	p := evidence.Probe{Endpoint: endpoint}
	u, err := url.Parse(address)
	if err != nil {
		p.Error = err.Error()
		return at, p
	}
	p.Path = u.RequestURI()
	res := Do(ctx, &Request{Method: http.MethodGet, URL: u, Header: newHeader()}, probeTimeout)
	p.Status, p.Error, p.Took = res.Status, res.Error, res.Took
	if res.Open {
		p.Error = "no whole answer within 1s"
	}
	if p.Error != "" {
		p.Status = 0
	}
	return res.At, p
}

// ProberOptions say what a [Prober] asks.
type ProberOptions struct {
	Endpoint string        // live, ready or metrics
	URL      string        // the whole address
	Period   time.Duration // 0: 200 ms; a slow probe delays the next, they never overlap
	On       func(at time.Time, p evidence.Probe)
}

// Prober asks an endpoint again and again.
type Prober struct {
	cancel context.CancelFunc
	gone   chan struct{}
}

// StartProber begins to ask at once. A probe that ctx or Stop interrupts is
// not reported.
func StartProber(ctx context.Context, o ProberOptions) *Prober {
	if o.Period <= 0 {
		o.Period = 200 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &Prober{cancel: cancel, gone: make(chan struct{})}
	go func() {
		defer close(p.gone)
		tick := time.NewTicker(o.Period)
		defer tick.Stop()
		for {
			at, probe := Ask(ctx, o.Endpoint, o.URL)
			if ctx.Err() != nil {
				return
			}
			o.On(at, probe)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return p
}

// Stop ends the probing. After it returned, On is not called any more.
func (p *Prober) Stop() {
	p.cancel()
	<-p.gone
}
