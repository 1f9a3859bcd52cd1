package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

const (
	// sizeLimit is that of a Secret in Kubernetes, in bytes.
	sizeLimit = 1 << 20
	// settled is how long a file must have been left alone to count as written.
	settled = 100 * time.Millisecond
)

// File returns a Source that reads a regular file, following links at each
// read. One trailing line end, as editors and echo leave it, is not part of the
// secret. The path is its name.
func File(path string) Source { return file{path} }

type file struct {
	path string
}

func (f file) Name() string { return f.path }

// Read waits for a file that is being written.
func (f file) Read(ctx context.Context) ([]byte, error) {
	for {
		text, wait, err := f.read()
		if err != nil || wait <= 0 {
			return withoutLineEnd(text), err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the writing of %s to end: %w", f.path, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// read returns the content, or how long to wait before it can be trusted.
func (f file) read() (text []byte, wait time.Duration, err error) {
	if err := f.check(); err != nil {
		return nil, 0, err
	}
	opened, err := os.Open(f.path)
	if err != nil {
		return nil, 0, err
	}
	defer opened.Close()
	before, err := opened.Stat()
	if err != nil {
		return nil, 0, err
	}
	text, err = io.ReadAll(io.LimitReader(opened, sizeLimit+1))
	if err != nil {
		return nil, 0, err
	}
	after, err := opened.Stat()
	switch {
	case err != nil:
		return nil, 0, err
	case len(text) > sizeLimit:
		return nil, 0, fmt.Errorf("%s is larger than %d bytes; is it the right file?", f.path, sizeLimit)
	case !before.ModTime().Equal(after.ModTime()) || after.Size() != int64(len(text)):
		return nil, settled, nil
	}
	return text, unsettled(time.Since(after.ModTime())), nil
}

// check asks for the kind of file first: opening a pipe blocks.
func (f file) check() error {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; mount the secret there, or name another file", err)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file, and so cannot be read again when it changes", f.path)
	}
	return nil
}

// unsettled returns what is missing of the time to settle. A time in the future
// is another machine's clock and says nothing.
func unsettled(age time.Duration) time.Duration {
	if age < 0 {
		return 0
	}
	return max(0, settled-age)
}

func withoutLineEnd(text []byte) []byte {
	text = bytes.TrimSuffix(text, []byte("\n"))
	return bytes.TrimSuffix(text, []byte("\r"))
}
