package rig

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"
)

// What is kept of the output of one instance. The first half holds how it
// started, the ring of the last how it ended.
const (
	maxLine      = 64 << 10
	maxHalfLines = 10_000
	maxHalfBytes = 8 << 20
)

// line is one line of output and when it arrived.
type line struct {
	at     time.Time
	stream string
	text   []byte
	cut    int // bytes left out
}

// output collects the lines of a process, bounded in number and size. It is
// safe for concurrent use.
type output struct {
	mu        sync.Mutex
	head      []line
	headBytes int
	tail      ring
	full      bool // the head takes no more
}

// read collects what r yields until its end, which is why the writer never
// waits for longer than it takes to copy its bytes.
func (o *output) read(r io.Reader, stream string) {
	s := splitter{stream: stream}
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		s.at = time.Now()
		o.mu.Lock()
		s.split(buf[:n], o.keep)
		if err != nil {
			s.flush(o.keep)
		}
		o.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (o *output) keep(l line) {
	size := o.headBytes + len(l.text)
	if o.full || len(o.head) == maxHalfLines || size > maxHalfBytes {
		o.full = true
		o.tail.push(l)
		return
	}
	l.text = bytes.Clone(l.text)
	o.head = append(o.head, l)
	o.headBytes = size
}

// each calls f for every line kept, oldest first. The text is only valid
// during the call.
func (o *output) each(f func(line)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.head {
		f(l)
	}
	for i := range o.tail.n {
		f(*o.tail.at(i))
	}
}

// lost returns how much was left out between the head and the tail, and when
// the first of it arrived.
func (o *output) lost() (lines int, size int64, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail.lost, o.tail.lostBytes, o.tail.lostAt
}

// last returns the last n lines, oldest first.
func (o *output) last(n int) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	total := len(o.head) + o.tail.n
	var lines []string
	for i := max(0, total-n); i < total; i++ {
		l := &line{}
		if i < len(o.head) {
			l = &o.head[i]
		} else {
			l = o.tail.at(i - len(o.head))
		}
		lines = append(lines, l.String())
	}
	return lines
}

// String returns the text as valid UTF-8, as evidence is JSON.
func (l *line) String() string { return strings.ToValidUTF8(string(l.text), "\uFFFD") }

// splitter cuts a stream of bytes into lines.
type splitter struct {
	stream  string
	at      time.Time
	partial []byte
	cut     int
}

func (s *splitter) split(chunk []byte, keep func(line)) {
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			s.grow(chunk)
			return
		}
		if len(s.partial) == 0 && s.cut == 0 && end <= maxLine {
			s.emit(chunk[:end], keep)
		} else {
			s.grow(chunk[:end])
			s.flush(keep)
			s.partial, s.cut = s.partial[:0], 0
		}
		chunk = chunk[end+1:]
	}
}

// grow appends to the unfinished line as much as a line may hold.
func (s *splitter) grow(b []byte) {
	room := min(len(b), maxLine-len(s.partial))
	s.partial = append(s.partial, b[:room]...)
	s.cut += len(b) - room
}

func (s *splitter) flush(keep func(line)) {
	if len(s.partial) > 0 || s.cut > 0 {
		s.emit(s.partial, keep)
	}
}

func (s *splitter) emit(text []byte, keep func(line)) {
	keep(line{s.at, s.stream, bytes.TrimSuffix(text, []byte("\r")), s.cut})
}
