package log

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// room is how many bytes of lines wait at most: several times a pipe's 64
	// KiB, and little beside a service's memory. What comes then is dropped.
	room = 1 << 20

	// heap is when lines are written without waiting for more: one write of so
	// many bytes costs hardly more than one of a line.
	heap = 64 << 10

	// patience bounds how long a line of level warn or above waits to be
	// written. A local write takes microseconds; after that long it hangs.
	patience = 100 * time.Millisecond

	// farewell bounds the same for Flush and Close.
	farewell = 2 * time.Second
)

// ErrBlocked is the error of [Writer.Flush] and [Writer.Close] when the writer
// beneath has not taken the lines within two seconds. They go on waiting.
var ErrBlocked = errors.New("log: the writer blocks; see what reads the output of this process")

// errDropped is what the writer of a line sees when it is dropped.
var errDropped = errors.New("log: too many lines wait for the writer; this one is dropped")

// Writer gathers lines and writes many at once, since a write costs more than
// a line. It writes whole lines only, in their order.
//
// No request waits for ever for the writer beneath: when 1 MiB of lines waits,
// further ones are dropped and counted. As a [LevelWriter] it has a line of
// level warn or above written at once, with all that waits, and lets its
// goroutine wait for that, 100 ms at most: so the last words of a process that
// crashes are not lost.
type Writer struct {
	w     io.Writer
	every time.Duration

	mu      sync.Mutex
	waiting batch
	flying  batch  // is being written
	spare   []byte // of a batch before, to be filled again
	hangs   bool   // a wait was in vain, and nothing has been written since
	torn    bool   // the last write ended within a line
	direct  bool   // closed: lines are written by who brings them
	dropped uint64
	failed  error // of the last write

	first   chan struct{} // a line waits
	urgent  chan struct{} // wait for no more
	close   func()
	closing chan struct{}
	stopped chan struct{}
}

// batch is lines that are written together.
type batch struct {
	lines []byte
	done  chan struct{} // closed when they are written or lost; nil while nobody waits for that
}

func (b *batch) watch() <-chan struct{} {
	if b.done == nil {
		b.done = make(chan struct{})
	}
	return b.done
}

// Buffer returns a writer that gathers lines for w for so long; 0 means 5 ms,
// which no reader of logs notices, and at which a busy service makes 200
// writes a second instead of one per line. It runs one goroutine until
// [Writer.Close].
func Buffer(w io.Writer, every time.Duration) *Writer {
	if every <= 0 {
		every = 5 * time.Millisecond
	}
	b := &Writer{
		w: w, every: every,
		first: make(chan struct{}, 1), urgent: make(chan struct{}, 1),
		closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	b.close = sync.OnceFunc(func() { close(b.closing) })
	go b.run()
	return b
}

// Write takes whole lines. The error tells that they are dropped.
func (b *Writer) Write(lines []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take(lines)
}

// WriteLevel implements [LevelWriter].
func (b *Writer) WriteLevel(level slog.Level, line []byte) (int, error) {
	if level < slog.LevelWarn {
		return b.Write(line)
	}
	b.mu.Lock()
	n, err := b.take(line)
	if err != nil || b.hangs || b.direct {
		b.mu.Unlock()
		return n, err
	}
	done := b.waiting.watch()
	b.mu.Unlock()
	b.await(done, patience)
	return n, nil
}

// Flush writes what waits, and waits for that, two seconds at most. The error
// is [ErrBlocked] or that of the last write.
func (b *Writer) Flush() error {
	b.mu.Lock()
	last := &b.waiting
	if len(last.lines) == 0 {
		last = &b.flying
	}
	if len(last.lines) == 0 {
		defer b.mu.Unlock()
		return b.failed
	}
	done := last.watch()
	b.mu.Unlock()
	if !b.await(done, farewell) {
		return ErrBlocked
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// Close writes what waits and ends the goroutine, within two seconds. Lines
// that come later are written one by one: a process may still have to say why
// it ends. The errors are those of [Writer.Flush].
func (b *Writer) Close() error {
	b.close()
	timer := time.NewTimer(farewell)
	defer timer.Stop()
	select {
	case <-b.stopped:
	case <-timer.C:
		return ErrBlocked
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// Dropped returns how many lines were lost so far: no room was left, or the
// writer beneath failed. Make it a metric; a log cannot tell of its own end.
func (b *Writer) Dropped() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}

// take adds lines to those that wait.
func (b *Writer) take(lines []byte) (int, error) {
	held := len(b.waiting.lines)
	switch {
	case len(lines) == 0:
		return 0, nil
	case b.direct:
		b.put(lines)
		return len(lines), b.failed
	case held+len(b.flying.lines)+len(lines) > room:
		b.dropped += count(lines)
		return 0, errDropped
	}
	b.waiting.lines = append(b.waiting.lines, lines...)
	if held == 0 {
		signal(b.first)
	}
	if held < heap && held+len(lines) >= heap {
		signal(b.urgent)
	}
	return len(lines), nil
}

// await waits until a batch is written, and remembers when that takes too
// long.
func (b *Writer) await(done <-chan struct{}, most time.Duration) bool {
	signal(b.urgent)
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		b.mu.Lock()
		b.hangs = true
		b.mu.Unlock()
		return false
	}
}

func (b *Writer) run() {
	defer close(b.stopped)
	for b.gather() {
		b.flush()
	}
	for !b.finish() {
		b.flush()
	}
}

// gather waits for a line, and for more to come. It reports false when the
// writer is closed.
func (b *Writer) gather() bool {
	select {
	case <-b.first:
	case <-b.closing:
		return false
	}
	timer := time.NewTimer(b.every)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.urgent:
	case <-b.closing:
		return false
	}
	return true
}

// finish reports whether nothing waits; then nothing will any more.
func (b *Writer) finish() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.direct = len(b.waiting.lines) == 0
	return b.direct
}

// flush writes what waits, without the lock.
func (b *Writer) flush() {
	b.mu.Lock()
	b.flying, b.waiting = b.waiting, batch{lines: b.spare[:0]}
	b.spare = nil
	lines := b.flying.lines
	b.mu.Unlock()

	n, err := write(b.w, lines, b.torn)

	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle(lines, n, err)
	if b.flying.done != nil {
		close(b.flying.done)
	}
	b.flying, b.spare = batch{}, lines
}

// put writes lines under the lock.
func (b *Writer) put(lines []byte) {
	n, err := write(b.w, lines, b.torn)
	b.settle(lines, n, err)
}

// settle counts what a write has lost. Nothing is written a second time: what
// failed may fail for ever, and lines that come twice mislead.
func (b *Writer) settle(lines []byte, n int, err error) {
	b.hangs, b.failed = false, err
	if n > 0 {
		b.torn = lines[n-1] != '\n'
	}
	b.dropped += count(lines[n:])
}

// write writes lines, behind the end of a line that was torn off before.
func write(w io.Writer, lines []byte, torn bool) (n int, err error) {
	if torn {
		if _, err := w.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
	}
	if n, err = w.Write(lines); n < len(lines) && err == nil {
		err = io.ErrShortWrite
	}
	return min(max(n, 0), len(lines)), err
}

func count(lines []byte) uint64 { return uint64(bytes.Count(lines, []byte{'\n'})) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
