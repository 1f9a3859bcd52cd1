// Package proxy is the recording fault proxy that a rig puts before each
// dependency of a service: it shows each call that the service makes, and
// breaks the dependency in the ways that production does.
//
// HTTP is told apart call by call, by a tee that opens one connection to the
// dependency for each connection of the service and passes bytes as they are,
// so that the reuse of connections, leaks in pools and retries stay visible.
// Everything else is a stream of bytes.
package proxy

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// Options says what a proxy stands before.
type Options struct {
	Dependency string                              // its name in golive.yaml, put into each call
	HTTP       bool                                // whether it speaks HTTP/1; else calls are connections
	Target     func() string                       // host:port of the real thing, asked for each connection
	On         func(at time.Time, c evidence.Call) // told each finished call and when it arrived; from several goroutines at once. May be nil
}

// Proxy is a listener on loopback and all that goes through it. It is safe
// for concurrent use.
type Proxy struct {
	o     Options
	port  *port
	force atomic.Pointer[spell] // the fault in force, never nil
	log   calls
	work  sync.WaitGroup // every goroutine

	change sync.Mutex // held while one fault takes another's place
	closed bool       // guarded by change

	mu     sync.Mutex
	conns  map[*conn]struct{}
	count  int     // connections accepted so far
	barred *ending // what becomes of a connection that still slips in; nil: it is served
	err    error
}

// New returns a proxy that listens on a free port of 127.0.0.1 and forwards.
func New(o Options) (*Proxy, error) {
	p := &Proxy{o: o, conns: map[*conn]struct{}{}}
	p.log = calls{dependency: o.Dependency, on: o.On, open: map[*call]struct{}{}}
	p.force.Store(newSpell(healthy{}))
	var err error
	if p.port, err = claim(); err != nil {
		return nil, fmt.Errorf("proxy before %s: %w", o.Dependency, err)
	}
	if err := p.port.open(p.accept); err != nil {
		p.port.release()
		return nil, fmt.Errorf("proxy before %s: %w", o.Dependency, err)
	}
	return p, nil
}

// Addr returns host:port, the same under all faults.
func (p *Proxy) Addr() string { return p.port.addr.String() }

// Break puts f in force for new and established connections, in place of the
// fault before it. Hits count from 0 again. An HTTP request that had arrived
// before is answered as if there were no fault, unless f closes the port.
func (p *Proxy) Break(f Fault) {
	p.change.Lock()
	defer p.change.Unlock()
	if !p.closed {
		p.replace(newSpell(f))
	}
}

// Repair takes the fault away and returns how many calls met it. Calls that
// it left hanging are reported as open and their connections reset.
func (p *Proxy) Repair() (hits int) {
	p.change.Lock()
	defer p.change.Unlock()
	if p.closed {
		return p.Hits()
	}
	old := p.replace(newSpell(healthy{}))
	return int(old.hits.Load())
}

// Hits returns how many calls met the fault that is in force.
func (p *Proxy) Hits() int { return int(p.force.Load().hits.Load()) }

// InFlight returns the calls that are not over, with what they took so far.
func (p *Proxy) InFlight() []evidence.Call { return p.log.inFlight(time.Now()) }

// Err says why the port could not be closed, frozen or opened again as a fault
// or its repair needed; nil when all went well.
func (p *Proxy) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// failed keeps the first error of changing the port.
func (p *Proxy) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("proxy before %s: %w", p.o.Dependency, err)
	}
}

// Close ends everything. Calls that are not over are reported as open. It
// returns when no goroutine of p is left; a second call does nothing.
func (p *Proxy) Close() {
	p.change.Lock()
	defer p.change.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	p.replace(newSpell(healthy{}))
	p.port.close()
	p.expel(ending{end: evidence.Open})
	p.work.Wait()
	p.port.release()
}

// replace puts s in force and lifts what was before.
func (p *Proxy) replace(s *spell) (old *spell) {
	old = p.force.Swap(s)
	old.lift()
	if b, ok := s.fault.(barring); ok {
		s.unbar = b.bar(p, s)
	}
	return old
}

// expel ends every connection as e says, and those that come while the port
// is barred. It returns when their calls are reported.
func (p *Proxy) expel(e ending) {
	p.mu.Lock()
	p.barred = &e
	var all []*conn
	for c := range p.conns {
		all = append(all, c)
	}
	p.mu.Unlock()
	for _, c := range all {
		c.stop(e)
	}
	for _, c := range all {
		<-c.left
	}
}

// admit undoes expel for connections to come.
func (p *Proxy) admit() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.barred = nil
}

// accept serves nc until it is over.
func (p *Proxy) accept(nc *net.TCPConn) {
	c := newConn(p, nc)
	p.mu.Lock()
	p.count++
	c.number = p.count
	p.conns[c] = struct{}{}
	barred := p.barred
	p.mu.Unlock()
	if barred != nil {
		c.stop(*barred)
	}
	p.work.Go(func() {
		c.serve()
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
		close(c.left)
	})
}

// enter returns the fault in force, which cannot be lifted without notice
// until its leave is called.
func (p *Proxy) enter() *spell {
	for {
		if s := p.force.Load(); s.enter() {
			return s
		}
	}
}
