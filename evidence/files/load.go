package files

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// batch is how many files are read side by side before their sizes are
// counted: it bounds by how much the total may be exceeded for a moment.
const batch = 128

// load reads the text of the tree's files. The total is counted in the order
// of the paths, so the same directory always loses the same files.
func load(ctx context.Context, t *Tree, l Limits) error {
	var kept int64
	for start := 0; start < len(t.Files); start += batch {
		part := t.Files[start:min(start+batch, len(t.Files))]
		if kept >= l.TotalBytes {
			part = t.Files[start:]
			for i := range part {
				overflow(&part[i], l)
			}
			return nil
		}
		err := parallel(ctx, len(part), func(i int) {
			loadFile(t.Dir, &part[i], l)
		})
		if err != nil {
			return fmt.Errorf("reading %s: %w", t.Dir, err)
		}
		for i := range part {
			if kept+int64(len(part[i].Text)) > l.TotalBytes {
				overflow(&part[i], l)
			}
			kept += int64(len(part[i].Text))
		}
	}
	return nil
}

func overflow(f *File, l Limits) {
	if f.Skipped == "" {
		f.Text, f.Skipped = nil, fmt.Sprintf("the files before it hold %s of text already", size(l.TotalBytes))
	}
}

func loadFile(dir string, f *File, l Limits) {
	if f.Skipped != "" {
		return
	}
	most := l.FileBytes
	if f.Size > most {
		most = min(most, binaryWithin) // to tell a program from a text that is left out
	}
	text, err := readText(filepath.Join(dir, filepath.FromSlash(f.Path)), f.Size, most)
	switch {
	case err != nil:
		f.Skipped = "unreadable: " + cause(err)
	case text == nil:
		f.Skipped = "binary"
	case f.Size > l.FileBytes, int64(len(text)) > l.FileBytes:
		f.Skipped = "larger than " + size(l.FileBytes)
	default:
		f.Text = text
	}
}

// binaryWithin is where git looks for a zero byte.
const binaryWithin = 8000

// readText returns the file's text, nil when it is binary, and at most one
// byte more than limit, since the file may grow while it is read. As git
// does, it takes a file with a zero byte among its first 8,000 for binary.
func readText(path string, expect, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text := make([]byte, 0, min(expect, limit)+1)
	for {
		n, err := f.Read(text[len(text):cap(text)])
		binary := bytes.IndexByte(text[min(len(text), binaryWithin):min(len(text)+n, binaryWithin)], 0) >= 0
		text = text[:len(text)+n]
		switch {
		case binary:
			return nil, nil
		case err == io.EOF || int64(len(text)) > limit:
			return text, nil
		case err != nil:
			return nil, err
		case len(text) == cap(text):
			text = append(text, 0)[:len(text)]
		}
	}
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// parallel calls do for 0 … n-1, on as many goroutines as there are cores,
// until ctx ends.
func parallel(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}
