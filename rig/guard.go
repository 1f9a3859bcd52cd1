package rig

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// guard runs the rig's goroutines. A panic in one of them would otherwise
// end golive at once and leave the grandchildren of the rig running.
type guard struct {
	end func() // ends the rig; called in a goroutine of its own

	mu  sync.Mutex
	err error
}

// run calls f in a goroutine. Its panic becomes the guard's error.
func (g *guard) run(f func()) {
	go func() {
		defer g.catch()
		f()
	}()
}

// catch is deferred. It turns a panic into the guard's error and ends the rig.
func (g *guard) catch() {
	p := recover()
	if p == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return
	}
	g.err = fmt.Errorf("golive itself failed, please report it: panic: %v\n%s", p, debug.Stack())
	if g.end != nil {
		go g.end()
	}
}

// failure returns the first panic as an error, or nil.
func (g *guard) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}
