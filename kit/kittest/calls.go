package kittest

import (
	"net/http"
	"time"
)

// Call is a request that an [Upstream] got.
type Call struct {
	Method string
	Path   string // without the query
	Query  string // raw, without the question mark
	Host   string
	Header http.Header
	Body   []byte
	At     time.Time // when it was read whole
	Conn   int       // its connection, from 1: two attempts over one have the same
	// Took is how long it went on after At: until the answer was sent, the
	// fault was put, or the client gave up. It is 0 while it goes on.
	Took time.Duration
	// GaveUp says that the client closed the connection before it had the
	// whole answer.
	GaveUp bool
}

// Calls returns the calls that met the script of pattern, in their order; of
// the empty pattern all calls, the unforeseen ones too.
func (u *Upstream) Calls(pattern string) []Call {
	u.t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.mustKnow(pattern)
	var calls []Call
	for _, x := range u.of(pattern) {
		calls = append(calls, x.call)
	}
	return calls
}

// AwaitCalls waits until n calls have met the script of pattern and returns
// all that have. It ends the test after 30 s.
func (u *Upstream) AwaitCalls(pattern string, n int) []Call {
	u.t.Helper()
	if !u.await(func() bool { return len(u.of(pattern)) >= n }) {
		u.t.Fatalf("kittest: %d calls of %s came within %s, want %d", len(u.Calls(pattern)), pattern, patience, n)
	}
	return u.Calls(pattern)
}

// AwaitOver waits until no call of pattern goes on any more and returns all
// that came: after it, Took and GaveUp are final. It ends the test after 30 s.
func (u *Upstream) AwaitOver(pattern string) []Call {
	u.t.Helper()
	over := func() bool {
		for _, x := range u.of(pattern) {
			if !x.over {
				return false
			}
		}
		return true
	}
	if !u.await(over) {
		u.t.Fatalf("kittest: a call of %s still goes on after %s", pattern, patience)
	}
	return u.Calls(pattern)
}

// of returns the exchanges of a pattern; u.mu is held.
func (u *Upstream) of(pattern string) (calls []*exchange) {
	for _, x := range u.calls {
		if pattern == "" || x.pattern == pattern {
			calls = append(calls, x)
		}
	}
	return calls
}

// mustKnow ends the test over a pattern that was never scripted, which would
// have no calls whatever came; u.mu is held.
func (u *Upstream) mustKnow(pattern string) {
	u.t.Helper()
	for _, s := range u.scripts {
		if s.pattern == pattern {
			return
		}
	}
	if pattern != "" {
		u.t.Fatalf("kittest: Calls(%q): no such script; %s", pattern, u.scripted())
	}
}
