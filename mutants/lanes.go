package main

import "context"

// lanes bound the calls to an upstream that are under way.
type lanes chan struct{}

// laneCount is more than what the drills have under way at once for any
// upstream, except where it hangs under load.
const laneCount = 64

func newLanes(n int) lanes { return make(lanes, n) }

// use makes a call when a lane is free.
func (l lanes) use(ctx context.Context, call func() error) error {
	select {
	case l <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l }()
	return call()
}
