package proxy

import "time"

// Latency is a dependency that answers rightly but late. When it is taken
// away, the answers that it holds go out at once and no connection is reset.
type Latency struct {
	D   time.Duration // added to each answer that is delayed
	Nth int           // delays only every Nth call, the first included; 0 and 1: all
}

// Shape returns "latency".
func (Latency) Shape() string { return "latency" }
