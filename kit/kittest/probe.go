package kittest

import (
	"fmt"
	"net/http"
	"time"
)

// watch probes e until b is closed.
func (b *LoadBalancer) watch(e *endpoint) {
	client := &http.Client{
		Timeout: b.o.Timeout,
		// The kubelet opens a connection for each probe, too.
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: b.o.TLS.Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	tick := time.NewTicker(b.o.Period)
	defer tick.Stop()
	for {
		ready, reason := b.probe(client, e.Ready)
		if b.ctx.Err() != nil {
			return
		}
		b.believe(e, ready, reason)
		select {
		case <-b.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// probe asks once. A status from 200 to 399 is ready, as for the kubelet.
func (b *LoadBalancer) probe(client *http.Client, address string) (ready bool, reason string) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, address, nil)
	if err != nil {
		return false, err.Error()
	}
	resp, err := client.Do(req)
	if err != nil {
		return false, err.Error()
	}
	resp.Body.Close()
	return resp.StatusCode >= 200 && resp.StatusCode < 400, fmt.Sprintf("status %d", resp.StatusCode)
}

// believe takes e in or out by what a probe said.
func (b *LoadBalancer) believe(e *endpoint, ready bool, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.probed++
	e.reason = reason
	if ready {
		e.failed, e.ready = 0, true
	} else if e.failed++; e.failed >= b.o.FailureThreshold {
		e.ready = false
	}
	close(b.changed)
	b.changed = make(chan struct{})
}
