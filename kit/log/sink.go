package log

import (
	"io"
	"log/slog"
	"sync"
)

// LevelWriter is a writer that wants to know a line's level. A [Handler] calls
// WriteLevel in place of Write when its writer has it, from many goroutines at
// once, with one whole line that the writer must not keep.
type LevelWriter interface {
	io.Writer
	WriteLevel(level slog.Level, line []byte) (n int, err error)
}

// sink takes whole lines from many goroutines.
type sink interface {
	write(level slog.Level, line []byte) error
}

func newSink(w io.Writer) sink {
	if lw, ok := w.(LevelWriter); ok {
		return leveled{lw}
	}
	return &serial{w: w}
}

type leveled struct{ w LevelWriter }

func (s leveled) write(level slog.Level, line []byte) error {
	_, err := s.w.WriteLevel(level, line)
	return err
}

// serial keeps the lines of a writer that takes one call at a time apart.
type serial struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *serial) write(_ slog.Level, line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.w.Write(line)
	return err
}
