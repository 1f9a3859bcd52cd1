package proxy

import (
	"sync"
	"sync/atomic"
	"time"
)

// Fault is a way in which a dependency can be broken: [Refuse], [Connect],
// [Silence], [Headers], [Stall], [Drip], [HeaderDrip], [Latency], [Reset], [Status]
// and [Close]. Each is a struct of its parameters in a file of its own, which
// besides its shape has one method: meet, for what becomes of a call, or bar,
// for what becomes of the port.
type Fault interface {
	// Shape is the fault's name in recordings.
	Shape() string
}

// answering is a fault that shows in the answer to a call. meet returns nil
// when the call was answered and its connection may go on, else [errOver].
type answering interface {
	Fault
	meet(x *exchange) error
}

// barring is a fault that shows before there is a connection. bar returns
// what opens the port again.
type barring interface {
	Fault
	bar(p *Proxy, s *spell) (unbar func())
}

// healthy is the fault of a dependency that has none.
type healthy struct{}

func (healthy) Shape() string          { return "" }
func (healthy) meet(x *exchange) error { return x.pass() }

// spell is a fault from the moment at which it was put until it is lifted.
type spell struct {
	fault Fault
	unbar func()
	hits  atomic.Int64
	calls atomic.Int64 // that were asked to meet it

	mu     sync.Mutex
	inside int           // exchanges that are meeting it
	lifted chan struct{} // closed when the fault is taken away
	empty  chan struct{} // closed when, after that, the last of them is over
}

func newSpell(f Fault) *spell {
	return &spell{fault: f, lifted: make(chan struct{}), empty: make(chan struct{})}
}

// answers returns what a call meets under s, and whether that is a fault.
func (s *spell) answers() (answering, bool) {
	if a, ok := s.fault.(answering); ok {
		return a, s.fault != healthy{}
	}
	return healthy{}, false
}

// enter counts an exchange in; it reports false when s is lifted already.
func (s *spell) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over() {
		return false
	}
	s.inside++
	return true
}

func (s *spell) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside--
	if s.inside == 0 && s.over() {
		close(s.empty)
	}
}

func (s *spell) over() bool {
	select {
	case <-s.lifted:
		return true
	default:
		return false
	}
}

// lift takes the fault away and waits until the calls that it left hanging
// are reported: at most a second, for one may still await a real answer.
func (s *spell) lift() {
	if s.unbar != nil {
		s.unbar()
	}
	s.mu.Lock()
	close(s.lifted)
	if s.inside == 0 {
		close(s.empty)
	}
	s.mu.Unlock()
	if s.fault == (healthy{}) {
		return
	}
	select {
	case <-s.empty:
	case <-time.After(time.Second):
	}
}
