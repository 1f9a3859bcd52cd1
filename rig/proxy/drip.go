package proxy

import "time"

// DefaultEvery is the pause between the bytes of [Drip] and [HeaderDrip]: so
// short that no usual read timeout between two bytes runs out.
const DefaultEvery = 500 * time.Millisecond

// Drip is a dependency whose answer begins as usual and goes on with one byte
// at a time. It is not whole before 30 s: a short body of HTTP is announced as
// longer than it is, and of other protocols the last byte is held back.
type Drip struct {
	Every time.Duration // between two bytes; 0: DefaultEvery
}

// Shape returns "drip".
func (Drip) Shape() string { return "drip" }
