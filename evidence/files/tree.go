package files

import (
	"context"
	"slices"
	"strings"
)

// Limits bound what [Read] takes in. A zero field means the default.
type Limits struct {
	Files      int   // entries walked, directories included; default 200,000
	FileBytes  int64 // a larger file is listed without its text; default 1 MiB
	TotalBytes int64 // text kept in all; default 256 MiB
	Depth      int   // directories below the root; default 40
}

func (l Limits) orDefaults() Limits {
	if l.Files <= 0 {
		l.Files = 200_000
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 1 << 20
	}
	if l.TotalBytes <= 0 {
		l.TotalBytes = 256 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 40
	}
	return l
}

// File is one file of a [Tree]. Its text must not be changed: all collectors
// share it.
type File struct {
	Path    string // slash-separated, relative to the tree's directory
	Size    int64  // in bytes, as the directory said
	Text    []byte // nil when Skipped says why
	Skipped string // "binary", "larger than 1 MiB", "symlink", "unreadable: …"; empty when Text is whole
}

// Base returns the last element of the file's path.
func (f File) Base() string { return f.Path[strings.LastIndexByte(f.Path, '/')+1:] }

// LeftOut is a part of the directory that was not looked into.
type LeftOut struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Tree is a service's directory as it was at one moment.
type Tree struct {
	Dir     string    // as given to Read
	Files   []File    // by path
	LeftOut []LeftOut // directories not entered, and the bounds that were hit; by path
}

// Read walks dir once and reads its text files. Symbolic links are listed and
// not followed, so a loop of them is harmless. Directories that hold other
// people's or generated code (see [Foreign]) are left out. The error is that
// of dir itself, or of ctx; everything below dir that cannot be read is in the
// tree with its reason.
func Read(ctx context.Context, dir string, l Limits) (*Tree, error) {
	l = l.orDefaults()
	w := walk{limits: l, tree: &Tree{Dir: dir}}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	if err := load(ctx, w.tree, l); err != nil {
		return nil, err
	}
	return w.tree, nil
}

// Lookup returns the file at path, or nil.
func (t *Tree) Lookup(path string) *File {
	i, found := slices.BinarySearchFunc(t.Files, path, func(f File, path string) int {
		return strings.Compare(f.Path, path)
	})
	if !found {
		return nil
	}
	return &t.Files[i]
}
