package proxy

import "time"

// Latency is a dependency that answers rightly but late. When it is taken
// away, the answers that it holds go out at once and no connection is reset.
// Of a stream it holds the first bytes that come after bytes of the service,
// and each such turn is a call.
type Latency struct {
	D   time.Duration // added to each answer that is delayed
	Nth int           // delays only every Nth call, the first included; 0 and 1: all
}

// Shape returns "latency".
func (Latency) Shape() string { return "latency" }

func (l Latency) meet(x *exchange) error {
	if nth := int64(max(1, l.Nth)); (x.spell.calls.Add(1)-1)%nth != 0 {
		x.spare()
		return x.pass()
	}
	a, err := x.opening()
	if err != nil {
		return err
	}
	if err := x.wait(l.D); err != nil {
		return err
	}
	return x.rest(a)
}
