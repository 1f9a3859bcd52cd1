package proxy

import (
	"sync"

	"github.com/golive-dev/golive/evidence"
)

// turn is what the service says on a stream, under a fault, and the first
// bytes that come back.
type turn struct {
	s        *stream
	decide   sync.Once
	decided  chan struct{} // closed when forwards is known
	forwards bool
	hear     sync.Once
	heard    chan struct{} // closed when the service said something
	answers  chan []byte
	silent   chan struct{} // closed when the dependency will say no more
	over     chan struct{}
}

func newTurn(s *stream) *turn {
	return &turn{s: s,
		decided: make(chan struct{}), heard: make(chan struct{}),
		answers: make(chan []byte), silent: make(chan struct{}), over: make(chan struct{}),
	}
}

func (t *turn) forward() error {
	var err error
	t.decide.Do(func() {
		err = t.s.connect()
		t.forwards = err == nil
		close(t.decided)
	})
	return err
}

func (t *turn) drop() { t.decide.Do(func() { close(t.decided) }) }

func (t *turn) watch() {} // a stream is read all the time

func (t *turn) asked() <-chan struct{} { return t.heard }

func (t *turn) opening() (*answer, error) {
	if err := t.forward(); err != nil {
		return nil, err
	}
	select {
	case b := <-t.answers:
		return &answer{head: b, foreign: true}, nil
	case <-t.silent:
		return nil, t.s.lost(evidence.Cut, nil)
	case <-t.s.done():
		return nil, errOver
	}
}

// rest sends the first bytes. What the service says to them begins the next
// turn; what the dependency says goes straight on.
func (t *turn) rest(a *answer) error {
	t.s.sending.Lock()
	defer t.s.sending.Unlock()
	t.s.turn.CompareAndSwap(t, nil)
	return t.s.send(a.head)
}

// finish ends the turn, whatever came of it.
func (t *turn) finish() {
	t.s.turn.CompareAndSwap(t, nil)
	close(t.over)
}

// take takes bytes of the service. It reports false when the turn is over.
func (t *turn) take(b []byte) (bool, error) {
	t.hear.Do(func() { close(t.heard) })
	select {
	case <-t.over:
		return false, nil
	case <-t.s.done():
		return false, errOver
	case <-t.decided:
	}
	if t.forwards {
		_, _ = t.s.up.Write(b) // a failure shows when the dependency is read
	}
	return true, nil
}

// give takes bytes of the dependency. It reports false when the turn is over.
func (t *turn) give(b []byte) (bool, error) {
	select {
	case t.answers <- b:
		return true, nil
	case <-t.over:
		return false, nil
	case <-t.s.done():
		return false, errOver
	}
}

// end tells the turn that the dependency closed, and waits until it is over.
func (t *turn) end() {
	close(t.silent)
	select {
	case <-t.over:
	case <-t.s.done():
	}
}
