package proxy

import (
	"time"

	"github.com/golive-dev/golive/evidence"
)

// attemptEvery is how often the kernel is asked who is connecting.
const attemptEvery = 20 * time.Millisecond

// Connect is a dependency behind a black hole: a connect never completes.
// Established connections are reset.
//
// Each attempt is a call without a connection, seen on Linux in /proc/net/tcp
// as a socket in SYN_SENT, so its times are true to 20 ms. Elsewhere the
// fault works and no call is seen. What is seen is the socket, which a client
// may leave behind: net/http gives a request up at Client.Timeout and lets the
// connect go on until its dialer's own timeout. When it is lifted a connect that still
// waits completes with its next SYN, which may take seconds.
type Connect struct{}

// Shape returns "connect".
func (Connect) Shape() string { return "connect" }

func (Connect) bar(p *Proxy, s *spell) (unbar func()) {
	before := connecting(p.port.addr) // left behind by a Connect before this one
	p.failed(p.port.freeze())
	stop, stopped := make(chan struct{}), make(chan struct{})
	p.work.Go(func() {
		defer close(stopped)
		watchAttempts(p, s, before, stop)
	})
	p.expel(ending{end: evidence.Cut, spell: s})
	return func() {
		close(stop)
		<-stopped
		p.admit()
		p.failed(p.port.thaw())
	}
}

// watchAttempts makes a call of each attempt to connect that is none of
// before, until stop.
func watchAttempts(p *Proxy, s *spell, before map[string]bool, stop <-chan struct{}) {
	open := map[string]*call{}
	tick := time.NewTicker(attemptEvery)
	defer tick.Stop()
	for {
		seen, now := connecting(p.port.addr), time.Now()
		for socket := range seen {
			if open[socket] == nil && !before[socket] {
				s.hits.Add(1)
				open[socket] = p.log.begin(now, evidence.Call{Shape: s.fault.Shape()})
			}
		}
		for socket, k := range open {
			if !seen[socket] {
				p.log.finish(k, ending{end: evidence.GaveUp, at: now})
				delete(open, socket)
			}
		}
		select {
		case <-tick.C:
		case <-stop:
			for _, k := range open {
				p.log.finish(k, ending{end: evidence.Open, at: time.Now()})
			}
			return
		}
	}
}
