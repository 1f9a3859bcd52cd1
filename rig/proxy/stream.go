package proxy

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golive-dev/golive/evidence"
)

// buffers are shared by all streams: one waits mostly, and 32 KiB is what
// io.Copy takes.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// stream passes bytes without understanding them. Its whole connection is one
// call, until bytes of the service meet a fault: these begin a turn.
type stream struct {
	*conn
	fresh                bool           // it never was HTTP, so it is a call
	clientReady, upReady <-chan arrival // others that still read from the sides

	turn    atomic.Pointer[turn] // in which an answer is awaited; nil mostly
	turns   int
	heard   atomic.Bool // bytes came from the dependency
	ended   atomic.Bool // the service sends no more
	sending sync.Mutex  // held while bytes go to the service
	down    sync.Once   // begins fromDependency
	work    sync.WaitGroup

	mu    sync.Mutex
	plain *call // the connection's own call
}

func newStream(c *conn, fresh bool) *stream { return &stream{conn: c, fresh: fresh} }

// run passes bytes until the connection is over. The first were read already.
func (s *stream) run(first []byte) {
	if spell := s.fault(); s.fresh && spell != nil {
		s.begin(spell, s.began)
	} else {
		if s.fresh {
			s.resume(s.proxy.log.begin(s.began, evidence.Call{Conn: s.number}))
		}
		_ = s.connect() // a failure ends the connection, and so what follows
	}
	s.fromService(first)
	s.work.Wait()
	<-s.done()
	if plain := s.suspend(); plain != nil {
		s.proxy.log.finish(plain, s.ending())
	}
}

// fault enters the fault in force, or returns nil where there is none.
func (s *stream) fault() *spell {
	if _, broken := s.proxy.force.Load().answers(); !broken {
		return nil
	}
	spell := s.proxy.enter()
	if _, broken := spell.answers(); broken {
		return spell
	}
	spell.leave()
	return nil
}

// begin begins a turn; the call of the connection ends there.
func (s *stream) begin(spell *spell, at time.Time) *turn {
	if plain := s.suspend(); plain != nil {
		s.proxy.log.finish(plain, ending{end: s.sofar(), at: at})
	}
	s.turns++
	t := newTurn(s)
	x := &exchange{conn: s.conn, talk: t, spell: spell,
		call: s.proxy.log.begin(at, evidence.Call{Conn: s.number, Nth: s.turns})}
	s.turn.Store(t)
	s.work.Go(func() {
		if x.run() && x.spared {
			s.resume(x.call)
		}
		t.finish()
	})
	return t
}

// resume makes k the connection's own call, suspend takes it away.
func (s *stream) resume(k *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain = k
}

func (s *stream) suspend() *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.plain
	s.plain = nil
	return k
}

// sofar is how the connection's own call stands.
func (s *stream) sofar() evidence.CallEnd {
	switch {
	case s.heard.Load():
		return evidence.Answered
	case s.ended.Load():
		return evidence.GaveUp
	}
	return evidence.Cut
}

// connect opens the connection to the dependency and passes what comes from it.
func (s *stream) connect() error {
	up, _, err := s.dependency()
	if err != nil {
		return err
	}
	s.down.Do(func() { s.work.Go(func() { s.fromDependency(up) }) })
	return nil
}

// fromService passes what the service sends, until it sends no more.
func (s *stream) fromService(first []byte) {
	if s.clientReady != nil {
		<-s.clientReady
	}
	if len(first) > 0 && s.take(first) != nil {
		return
	}
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	for {
		n, err := s.client.br.Read(buf[:])
		if n > 0 && s.take(buf[:n]) != nil {
			return
		}
		if err != nil {
			s.serviceEnded(err)
			return
		}
	}
}

// take gives bytes of the service to the turn, which they begin where a fault
// is in force, or to the dependency.
func (s *stream) take(b []byte) error {
	for {
		t := s.turn.Load()
		if t == nil {
			spell := s.fault()
			if spell == nil {
				break
			}
			t = s.begin(spell, time.Now())
		}
		if took, err := t.take(b); took || err != nil {
			return err
		}
	}
	if s.dialing.Err() != nil {
		return errOver
	}
	_, _ = s.up.Write(b) // a failure shows when the dependency is read
	return nil
}

// serviceEnded passes the end of what the service sends on. In a turn, and
// when it was no orderly end, the service gave up.
func (s *stream) serviceEnded(err error) {
	if s.turn.Load() != nil || err != io.EOF {
		_ = s.lost(evidence.GaveUp, err)
		return
	}
	s.ended.Store(true)
	if s.dialing.Err() == nil {
		_ = s.up.CloseWrite()
	}
}

// fromDependency passes what the dependency sends, until it closes.
func (s *stream) fromDependency(up *side) {
	if s.upReady != nil {
		<-s.upReady
	}
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	for {
		n, err := up.br.Read(buf[:])
		if n > 0 && s.give(buf[:n]) != nil {
			return
		}
		if err != nil {
			s.dependencyEnded(err)
			return
		}
	}
}

// give gives bytes of the dependency to the turn that awaits them, or to the
// service.
func (s *stream) give(b []byte) error {
	s.heard.Store(true)
	for t := s.turn.Load(); t != nil; t = s.turn.Load() {
		if took, err := t.give(bytes.Clone(b)); took || err != nil {
			return err
		}
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	if _, err := s.client.Write(b); err != nil {
		return s.lost(evidence.GaveUp, err)
	}
	return nil
}

// dependencyEnded ends the connection, after the turn in which it happens.
func (s *stream) dependencyEnded(err error) {
	if t := s.turn.Load(); t != nil {
		t.end()
	}
	if err != io.EOF {
		_ = s.lost(evidence.Cut, err)
		return
	}
	_ = s.lost(s.sofar(), err)
}
