package kittest

import (
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Script is what an [Upstream] does with the calls of one pattern, step by
// step in the order in which the steps were written:
//
//	u.On("PUT /charges/{id}").Status(503).Times(2).Then().Answer(200, `{"state":"charged"}`)
//
// A step with [Script.Times] is for that many calls, and they must come. A
// step without it is for one call when another step follows it, and else for
// any number, of which one must come; [Script.Optional] takes that duty away.
// Steps may be added while calls come.
type Script struct {
	u       *Upstream
	pattern string
	steps   []*step
}

// step is what one call, or several in a row, get.
type step struct {
	name   string // as in complaints: "status 503"
	where  string // it was written: "orders_test.go:31"
	times  int    // 0: not said
	idle   bool   // need not be used
	used   int
	delay  time.Duration
	every  time.Duration // between two bytes
	status int
	header http.Header
	body   func(Call) (status int, body string) // nil: of the fault
	act    func(x *exchange)
}

// On returns the script of the calls that match pattern, which is one of
// [http.ServeMux], such as "PUT /charges/{id}" or "/". Asked again it returns
// the same script, to which steps can be added.
func (u *Upstream) On(pattern string) *Script {
	u.t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, s := range u.scripts {
		if s.pattern == pattern {
			return s
		}
	}
	s := &Script{u: u, pattern: pattern}
	if err := handle(u.routes, pattern, routed{s}); err != nil {
		u.t.Fatalf("kittest: On(%q): %v", pattern, err)
	}
	u.scripts = append(u.scripts, s)
	return s
}

// routed lets a script be found by [http.ServeMux], which serves nothing.
type routed struct{ *Script }

func (routed) ServeHTTP(http.ResponseWriter, *http.Request) {}

// handle registers h; it turns the panic over a wrong pattern into an error.
func handle(m *http.ServeMux, pattern string, h http.Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	m.Handle(pattern, h)
	return nil
}

func (s *Script) add(st *step) *Script {
	st.where, st.header = caller(), http.Header{}
	s.u.mu.Lock()
	defer s.u.mu.Unlock()
	s.steps = append(s.steps, st)
	return s
}

// change changes the step that was written last.
func (s *Script) change(f func(*step)) *Script {
	s.u.t.Helper()
	s.u.mu.Lock()
	defer s.u.mu.Unlock()
	if len(s.steps) == 0 {
		s.u.t.Fatalf("kittest: On(%q): say first what it answers, as with Answer or Hang", s.pattern)
	}
	f(s.steps[len(s.steps)-1])
	return s
}

// Times says for how many calls the last step is, at least one.
func (s *Script) Times(n int) *Script {
	s.u.t.Helper()
	if n < 1 {
		s.u.t.Fatalf("kittest: On(%q): Times(%d): leave out what must not be called; an unscripted call fails the test", s.pattern, n)
	}
	return s.change(func(st *step) { st.times = n })
}

// Optional lets the last step be left unused, or used less often than it may.
func (s *Script) Optional() *Script {
	s.u.t.Helper()
	return s.change(func(st *step) { st.idle = true })
}

// Then returns the script itself. It only makes a script read well.
func (s *Script) Then() *Script { return s }

// next returns the step for the next call, nil when the script has ended;
// u.mu is held.
func (s *Script) next() *step {
	for i, st := range s.steps {
		last := i == len(s.steps)-1
		if st.used < st.times || st.times == 0 && (last || st.used == 0) {
			st.used++
			taken := *st // as it is now: the test may go on writing
			taken.header = st.header.Clone()
			return &taken
		}
	}
	return nil
}

// most is for how many calls the script is; u.mu is held.
func (s *Script) most() (n int) {
	for _, st := range s.steps {
		n += max(st.times, 1)
	}
	return n
}

// unmet says which calls did not come; u.mu is held.
func (s *Script) unmet() (complaints []string) {
	for _, st := range s.steps {
		if want := max(st.times, 1); st.used < want && !st.idle {
			complaints = append(complaints, fmt.Sprintf("%s: the upstream awaited %d × %s, to be answered with %s; %d came", st.where, want, s.pattern, st.name, st.used))
		}
	}
	return complaints
}

// caller returns the file and line outside of this package that called it.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.Contains(frame.Function, "/kittest.") || !more {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
	}
}
