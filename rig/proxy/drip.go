package proxy

import (
	"cmp"
	"time"
)

// DefaultEvery is the pause between the bytes of [Drip] and [HeaderDrip]: so
// short that no usual read timeout between two bytes runs out.
const DefaultEvery = 500 * time.Millisecond

// dripLimit is how long a drip lasts at least before the answer is whole:
// longer than any budget that a drill watches for.
const dripLimit = 30 * time.Second

// Drip is a dependency whose answer begins as usual and goes on with one byte
// at a time. It is not whole before 30 s: a body of HTTP is announced as
// longer than it is and filled up with blanks, and of other protocols the
// last byte is held back. An HTTP answer that can have no body drips as with
// [HeaderDrip].
type Drip struct {
	Every time.Duration // between two bytes; 0: DefaultEvery
}

// Shape returns "drip".
func (Drip) Shape() string { return "drip" }

func (d Drip) meet(x *exchange) error {
	every := cmp.Or(d.Every, DefaultEvery)
	a, err := x.opening()
	if err != nil {
		return err
	}
	if a.bodiless() {
		return x.drip(a.paddedHead(drops(every)), every)
	}
	head, body := a.announced(drops(every))
	if err := x.send(head); err != nil {
		return err
	}
	return x.drip(body, every)
}

// drops is how many bytes at least take longer than dripLimit.
func drops(every time.Duration) int {
	const most = 1 << 20 // what a reader of headers puts up with
	return int(min(dripLimit/every+2, most))
}
