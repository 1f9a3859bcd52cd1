package proxy

import (
	"sync"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// attemptEvery is how often the kernel is asked who is connecting.
const attemptEvery = 20 * time.Millisecond

// Connect is a dependency behind a black hole: a connect never completes.
// Established connections are reset.
//
// On Linux each attempt is a call without a connection, seen as a socket in
// SYN_SENT, and its times are true to 20 ms. Elsewhere the fault works and no
// call is seen. What is seen is the socket, which a client may leave behind:
// net/http gives a request up at Client.Timeout and lets the connect go on
// until its dialer's own timeout. When the fault is lifted a connect that
// still waits completes with its next SYN, which may take seconds.
type Connect struct{}

// Shape returns "connect".
func (Connect) Shape() string { return "connect" }

func (Connect) bar(p *Proxy, s *spell) (unbar func()) {
	a := newAttempts(p, s)
	p.failed(p.port.freeze())
	unwatch := p.watchFailures(a.end)
	stop, stopped := make(chan struct{}), make(chan struct{})
	p.work.Go(func() {
		defer close(stopped)
		for tick := time.NewTicker(attemptEvery); ; {
			a.look()
			select {
			case <-tick.C:
			case <-stop:
				tick.Stop()
				return
			}
		}
	})
	p.expel(ending{end: evidence.Cut, spell: s})
	return func() {
		close(stop)
		<-stopped
		unwatch()
		a.giveBack()
		p.admit()
		p.failed(p.port.thaw())
	}
}

// attempts makes a call of each attempt to connect during a spell. It learns
// of one by looking, of its end by looking or by the kernel's news, whichever
// comes first, and counts it once.
type attempts struct {
	log   *calls
	spell *spell
	port  *port

	mu     sync.Mutex
	open   map[int]*call // by the socket's own port
	told   map[int]bool  // ports whose news is not to come or not to count
	ended  map[int]bool  // ports whose end came while somebody looked
	looked time.Time
}

func newAttempts(p *Proxy, s *spell) *attempts {
	a := &attempts{log: &p.log, spell: s, port: p.port, looked: time.Now(),
		open: map[int]*call{}, told: map[int]bool{}, ended: map[int]bool{}}
	for port := range connecting(p.port.addr) {
		a.told[port] = true // left behind by a Connect before this one
	}
	return a
}

// look compares the sockets that try to connect now with those of before.
func (a *attempts) look() {
	a.mu.Lock()
	clear(a.ended)
	a.mu.Unlock()
	seen, now := connecting(a.port.addr), time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for port, age := range seen {
		if a.open[port] == nil && !a.told[port] && !a.ended[port] {
			a.open[port] = a.begin(now.Add(-age))
		}
	}
	for port := range a.open {
		if _, still := seen[port]; !still {
			a.finish(port, evidence.GaveUp, now)
			a.told[port] = true
		}
	}
	a.looked = now
}

// end is told of a socket that is closed. One that no look saw began after
// the last.
func (a *attempts) end(port int, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told[port] {
		delete(a.told, port)
		return
	}
	if a.open[port] == nil {
		a.open[port] = a.begin(a.looked)
	}
	a.finish(port, evidence.GaveUp, at)
	a.ended[port] = true
}

// giveBack ends what is still open when the fault is lifted.
func (a *attempts) giveBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for port := range a.open {
		a.finish(port, evidence.Open, time.Now())
	}
}

func (a *attempts) begin(at time.Time) *call {
	a.spell.hits.Add(1)
	return a.log.begin(at, evidence.Call{Shape: a.spell.fault.Shape()})
}

func (a *attempts) finish(port int, end evidence.CallEnd, at time.Time) {
	a.log.finish(a.open[port], ending{end: end, at: at})
	delete(a.open, port)
}
