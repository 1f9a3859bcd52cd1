package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"hash"
	"io"
	"math"
	"strconv"
)

// extent is how long a body is: its bytes, or how its end is told.
type extent int64

const (
	chunked     extent = -1
	untilClosed extent = -2
)

var errChunk = errors.New("malformed chunk")

// sink takes bytes, and sends them on at the latest when flushed.
type sink interface {
	io.Writer
	Flush() error
}

// flow passes a body on as it is, byte for byte and without waiting for more
// than has come.
type flow struct {
	from *bufio.Reader
	to   sink
	sum  hash.Hash // of what the body means, whatever its chunks; may be nil
	full func()    // called when sum has seen all, just before the last bytes leave; may be nil
}

// body passes a body of the given extent.
func (f flow) body(size extent) error {
	switch size {
	case chunked:
		return f.chunks()
	case untilClosed:
		if err := f.bytes(math.MaxInt64, false); err != io.EOF {
			return err
		}
		return nil
	}
	return f.bytes(int64(size), true)
}

// bytes passes n bytes, the last of the body or not.
func (f flow) bytes(n int64, last bool) error {
	for n > 0 {
		if err := f.fill(); err != nil {
			return err
		}
		b, _ := f.from.Peek(int(min(n, int64(f.from.Buffered()))))
		if f.sum != nil {
			f.sum.Write(b)
		}
		if n -= int64(len(b)); n == 0 && last {
			f.filled()
		}
		if _, err := f.to.Write(b); err != nil {
			return err
		}
		_, _ = f.from.Discard(len(b))
	}
	return nil
}

func (f flow) filled() {
	if f.full != nil {
		f.full()
	}
}

// fill waits for bytes, after it sent on all that came before.
func (f flow) fill() error {
	if f.from.Buffered() > 0 {
		return nil
	}
	if err := f.to.Flush(); err != nil {
		return err
	}
	_, err := f.from.Peek(1)
	return err
}

// chunks passes a chunked body with its trailers.
func (f flow) chunks() error {
	plain := flow{from: f.from, to: f.to}
	for {
		line, err := f.line()
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseInt(string(bytes.TrimSpace(digits)), 16, 63)
		if err != nil || size < 0 {
			return errChunk
		}
		if size == 0 {
			f.filled()
			return f.trailers()
		}
		if err := f.bytes(size, false); err != nil {
			return err
		}
		if end, err := plain.line(); err != nil || len(end) > 0 {
			return errors.Join(err, errChunk)
		}
	}
}

// trailers passes lines up to and with the empty one.
func (f flow) trailers() error {
	for n := 0; n < maxHead; {
		line, err := f.line()
		if err != nil || len(line) == 0 {
			return err
		}
		n += len(line)
	}
	return errChunk
}

// line passes a line and returns it without its end, until the next read.
func (f flow) line() ([]byte, error) {
	came, _ := f.from.Peek(f.from.Buffered())
	if !bytes.Contains(came, []byte("\n")) {
		if err := f.to.Flush(); err != nil {
			return nil, err
		}
	}
	line, err := f.from.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		err = errChunk
	}
	if _, failed := f.to.Write(line); err == nil {
		err = failed
	}
	return bytes.TrimRight(line, "\r\n"), err
}
