package switches

import "sync/atomic"

// A Switch turns one function of a service on or off while it runs. It is
// made by [Set.Switch] and safe for use by many goroutines.
type Switch struct {
	on    atomic.Bool
	flips atomic.Uint64

	name, usage string
	preset      bool

	// Guarded by the set's mutex.
	said  *bool // what the file says; nil: nothing
	by    string
	since string
}

// On reports whether the function is to be done. It is one atomic load, so
// that it may stand in the hottest loop.
func (s *Switch) On() bool { return s.on.Load() }

// Name returns the name under which the switch is flipped.
func (s *Switch) Name() string { return s.name }
