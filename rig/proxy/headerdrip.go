package proxy

import (
	"cmp"
	"time"
)

// HeaderDrip is a dependency whose status line and headers come one byte at a
// time and are not whole before 30 s. What is no HTTP drips as with [Drip].
type HeaderDrip struct {
	Every time.Duration // between two bytes; 0: DefaultEvery
}

// Shape returns "header-drip".
func (HeaderDrip) Shape() string { return "header-drip" }

func (h HeaderDrip) meet(x *exchange) error {
	every := cmp.Or(h.Every, DefaultEvery)
	a, err := x.opening()
	if err != nil {
		return err
	}
	return x.drip(a.paddedHead(drops(every)), every)
}
