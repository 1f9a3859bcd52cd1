package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// foreign are directories whose content the owner did not write: version
// control, downloaded dependencies, build output and caches. bin is not among
// them: it often holds scripts, and a binary costs one short read.
var foreign = []string{
	".git", ".hg", ".svn", "node_modules", "vendor", "target", "__pycache__",
	".venv", "venv", ".tox", ".gradle", ".terraform", ".cache", ".next", ".mypy_cache", ".pytest_cache",
}

// Foreign reports whether a directory of that name is left out of a [Tree].
func Foreign(name string) bool { return slices.Contains(foreign, name) }

// walk lists directories level by level, so that a bound cuts off what lies
// deepest and not what comes last in the alphabet.
type walk struct {
	limits  Limits
	tree    *Tree
	entries int
}

func (w *walk) run(ctx context.Context) error {
	level := []string{""}
	for depth := 0; len(level) > 0; depth++ {
		var next []string
		for _, dir := range level {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("reading %s: %w", w.tree.Dir, err)
			}
			if depth > w.limits.Depth {
				w.leaveOut(dir, fmt.Sprintf("more than %d directories deep", w.limits.Depth))
				continue
			}
			below, err := w.list(dir)
			if err != nil && dir == "" {
				return fmt.Errorf("reading the service's directory: %w", err)
			}
			next = append(next, below...)
		}
		level = next
	}
	slices.SortFunc(w.tree.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(w.tree.LeftOut, func(a, b LeftOut) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// list adds the files of one directory and returns the directories in it.
func (w *walk) list(dir string) (below []string, err error) {
	room := w.limits.Files - w.entries
	if room <= 0 {
		w.leaveOut(dir, w.tooMany())
		return nil, nil
	}
	entries, more, err := readDir(filepath.Join(w.tree.Dir, filepath.FromSlash(dir)), room)
	if err != nil {
		w.leaveOut(dir, "unreadable: "+cause(err))
		return nil, err
	}
	if more {
		w.leaveOut(dir, "its last entries: "+w.tooMany())
	}
	w.entries += len(entries)
	for _, e := range entries {
		path := strings.TrimPrefix(dir+"/"+e.Name(), "/")
		switch {
		case !e.IsDir():
			w.tree.Files = append(w.tree.Files, entry(path, e))
		case Foreign(e.Name()):
			w.leaveOut(path, "not written by the owner")
		default:
			below = append(below, path)
		}
	}
	return below, nil
}

func (w *walk) tooMany() string {
	return fmt.Sprintf("more than %d files and directories", w.limits.Files)
}

func (w *walk) leaveOut(path, reason string) {
	w.tree.LeftOut = append(w.tree.LeftOut, LeftOut{path, reason})
}

// readDir returns at most n entries of dir by name, and whether there are more.
func readDir(dir string, n int) ([]fs.DirEntry, bool, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	entries, err := f.ReadDir(n + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	more := len(entries) > n
	entries = entries[:min(n, len(entries))]
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, more, nil
}

// entry describes a file without opening it: only regular files are ever
// opened, since a pipe or a device would block or never end.
func entry(path string, e fs.DirEntry) File {
	f := File{Path: path}
	switch mode := e.Type(); {
	case mode&fs.ModeSymlink != 0:
		f.Skipped = "symlink"
	case !mode.IsRegular():
		f.Skipped = "not a regular file"
	default:
		info, err := e.Info()
		if err != nil {
			f.Skipped = "unreadable: " + cause(err)
			break
		}
		f.Size = info.Size()
	}
	return f
}

// cause returns err without the path, which the record names already.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
