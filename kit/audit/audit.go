package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Options say how entries are written. The zero value is good but for Service.
type Options struct {
	// Service is the value of the field service in every line.
	Service string

	// Sync has each entry on the disk before Record returns, so that not even a
	// power cut loses what was reported as recorded. It costs an fsync per
	// entry: milliseconds on most disks.
	Sync bool

	// Now is the clock, for tests; nil means [time.Now].
	Now func() time.Time
}

// Entry is what somebody did.
type Entry struct {
	// Subject is who did it: the id of an account or a service, not its name
	// or mail address, which would outlive the account.
	Subject string

	// Action is what was done: "order.refunded".
	Action string

	// Object is what it was done to: "order/A-1".
	Object string

	// Result is how it ended: "granted", "denied", "failed". It may be empty.
	Result string

	// Attrs are what else belongs to it. Values are cut and redacted as in
	// package log.
	Attrs []slog.Attr
}

// Log is an audit log that is open. Many goroutines may record at once.
type Log struct {
	service string
	now     func() time.Time

	mu   sync.Mutex
	w    io.Writer // nil when closed
	file *os.File  // nil of a log on a writer
	sync bool
	head Head
	tail []byte // what writes that failed have left behind the head
}

// New returns a log that begins a chain on w, each entry with one call of
// Write: for a pipe to a collector, or for tests. What is to last in a file
// takes [Open]. Of the options Sync has no meaning here.
func New(w io.Writer, o Options) *Log {
	l := &Log{service: o.Service, now: o.Now, w: w, head: start}
	if l.now == nil {
		l.now = time.Now
	}
	return l
}

// ErrClosed is what Record returns after Close.
var ErrClosed = errors.New("audit: the log is closed")

// Record writes an entry, with the trace and span id of ctx if it has one. It
// does not give up when ctx ends: what was done is recorded.
//
// An error means that the entry may not be in the log. What must not happen
// unrecorded should then be refused or undone.
func (l *Log) Record(ctx context.Context, e Entry) error {
	if err := e.check(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w == nil {
		return ErrClosed
	}
	end, after, torn := mend(l.head, l.tail)
	text := l.line(ctx, e, after, torn)
	if len(text) > maxLine {
		return fmt.Errorf("audit: the entry takes %d bytes, %d is the most; record less of it", len(text), maxLine)
	}
	if err := l.write(append(end, text...)); err != nil {
		return err
	}
	l.head, l.tail = Head{after.Sequence + 1, digest(text)}, nil
	if l.sync {
		if err := l.file.Sync(); err != nil {
			return fmt.Errorf("audit: the entry may not outlive a power cut: %w", err)
		}
	}
	return nil
}

// write writes text, and remembers what a failure leaves behind.
func (l *Log) write(text []byte) error {
	n, err := l.w.Write(text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	if err != nil {
		l.tail = append(l.tail, text[:min(max(n, 0), len(text))]...)
		return fmt.Errorf("audit: write the entry: %w", err)
	}
	return nil
}

// check refuses what would be no record.
func (e Entry) check() error {
	for _, f := range []struct{ name, value string }{
		{"Subject", e.Subject}, {"Action", e.Action}, {"Object", e.Object}, {"Result", e.Result},
	} {
		switch {
		case f.value == "" && f.name != "Result":
			return fmt.Errorf("audit: the entry has no %s; say who did what to what", f.name)
		case len(f.value) > maxWord:
			return fmt.Errorf("audit: the entry's %s has %d bytes, %d is the most; put the rest into Attrs", f.name, len(f.value), maxWord)
		}
	}
	return nil
}

// Head returns the end of the log.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Close closes a log that was opened. Entries recorded afterwards are refused.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w = nil
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	if err := file.Close(); err != nil {
		return fmt.Errorf("audit: close: %w", err)
	}
	return nil
}
