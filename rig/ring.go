package rig

import "time"

// smallLine is the buffer that a place in the ring keeps for its next line.
// A flood consists of millions of short lines; allocating each would slow
// the reading down until the writer has to wait.
const smallLine = 1 << 10

// ring holds the last lines of a flood and counts what fell out.
type ring struct {
	lines []line
	first int
	n     int
	bytes int

	lost      int
	lostBytes int64
	lostAt    time.Time
}

func (r *ring) at(i int) *line { return &r.lines[(r.first+i)%len(r.lines)] }

// push copies l in.
func (r *ring) push(l line) {
	if r.lines == nil {
		r.lines = make([]line, maxHalfLines)
	}
	for r.n == len(r.lines) || r.n > 0 && r.bytes+len(l.text) > maxHalfBytes {
		r.drop()
	}
	slot := r.at(r.n)
	kept := append(slot.text[:0], l.text...)
	*slot = l
	slot.text = kept
	r.n++
	r.bytes += len(kept)
}

func (r *ring) drop() {
	old := r.at(0)
	if r.lost == 0 {
		r.lostAt = old.at
	}
	r.lost++
	r.lostBytes += int64(len(old.text) + old.cut)
	r.bytes -= len(old.text)
	if cap(old.text) > smallLine {
		old.text = nil
	}
	r.first = (r.first + 1) % len(r.lines)
	r.n--
}
