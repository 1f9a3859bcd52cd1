package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// window is how much of a file's end is read for its last entry: enough for
// the line that a crash has torn, and all before it.
const window = 1 << 20

// Open opens the log in a file, which is created with mode 0600, and goes on
// with its chain. It is only ever appended to, so that the file may bear the
// append-only attribute (chattr +a). A last line that a crash has torn stays,
// is ended, and is taken into the chain by the next entry.
//
// One process may have a log open: Open refuses one that another has. It does
// not read all of it, nor verify it; see [Verify].
func Open(path string, o Options) (*Log, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit: open: %w", err)
	}
	l := New(file, o)
	l.file, l.sync = file, o.Sync
	if err := l.resume(); err != nil {
		return nil, errors.Join(fmt.Errorf("audit: open %s: %w", path, err), file.Close())
	}
	if o.Sync {
		if err := syncFolder(filepath.Dir(path)); err != nil {
			return nil, errors.Join(fmt.Errorf("audit: open %s: %w", path, err), file.Close())
		}
	}
	return l, nil
}

// resume finds the head and what lies behind it.
func (l *Log) resume() error {
	if err := lock(l.file); err != nil {
		return fmt.Errorf("another process has it open: %w", err)
	}
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	from := max(info.Size()-window, 0)
	text, err := io.ReadAll(io.NewSectionReader(l.file, from, window))
	if err != nil {
		return err
	}
	for at := 0; at < len(text); {
		line := text[at:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n+1]
		}
		at += len(line)
		if r, err := parse(line); err == nil {
			l.head = Head{r.Sequence, digest(line)}
			l.tail = bytes.Clone(text[at:])
		}
	}
	if l.head != start {
		return nil
	}
	if from > 0 || bytes.ContainsRune(text, '\n') {
		return errors.New("it holds no entry at its end, so it is no audit log, or was changed; move it away")
	}
	l.tail = text // of the very first entry
	return nil
}

// syncFolder makes a new file's name outlive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
