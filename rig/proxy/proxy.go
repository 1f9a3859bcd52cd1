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
	o Options
}

// New returns a proxy that listens on a free port of 127.0.0.1 and forwards.
func New(o Options) (*Proxy, error) { return &Proxy{o: o}, nil }

// Addr returns host:port, the same under all faults.
func (p *Proxy) Addr() string { return "" }

// Break puts f in force for new and established connections, in place of the
// fault before it. Hits count from 0 again.
func (p *Proxy) Break(f Fault) {}

// Repair takes the fault away and returns how many calls met it. Calls that
// it left hanging are reported as open and their connections reset.
func (p *Proxy) Repair() (hits int) { return 0 }

// Hits returns how many calls met the fault that is in force.
func (p *Proxy) Hits() int { return 0 }

// InFlight returns the calls that are not over, with what they took so far.
func (p *Proxy) InFlight() []evidence.Call { return nil }

// Close ends everything. Calls that are not over are reported as open. It
// returns when no goroutine of p is left; a second call does nothing.
func (p *Proxy) Close() {}
