package service

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The limits of a look at a repository.
const (
	filesLimit     = 20_000
	manifestsLimit = 2_000 // YAML and JSON files that are opened
)

// repository is a service's directory while it is looked at.
type repository struct {
	*Draft
	files fs.FS
	names []string // of regular files, those nearest to the top first
}

// survey lists the files in files. Links are not followed, folders of tools
// and of other people's code are left out.
func survey(files fs.FS, d *Draft) (*repository, error) {
	r := &repository{Draft: d, files: files}
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case name == "." && err != nil:
			return err
		case err != nil:
			r.unread(name, err.Error())
			return fs.SkipDir
		case e.IsDir() && skipped(name):
			return fs.SkipDir
		case len(r.names) == filesLimit:
			r.unread(name, fmt.Sprintf("and what follows: more than %d files", filesLimit))
			return fs.SkipAll
		case e.Type().IsRegular():
			r.names = append(r.names, name)
		}
		return nil
	})
	slices.SortStableFunc(r.names, func(a, b string) int {
		return cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/"))
	})
	return r, err
}

func skipped(dir string) bool {
	switch base := path.Base(dir); base {
	case "node_modules", "vendor", "testdata", "target", "dist", "__pycache__":
		return true
	case ".", ".github", ".gitlab":
		return false
	default:
		return strings.HasPrefix(base, ".")
	}
}

func (r *repository) unread(name, reason string) {
	if note := name + ": " + reason; !slices.Contains(r.Unread, note) {
		r.Unread = append(r.Unread, note)
	}
}

// first returns the file nearest to the top for which ok holds, or "".
func (r *repository) first(ok func(base string) bool) string {
	if i := slices.IndexFunc(r.names, func(name string) bool { return ok(path.Base(name)) }); i >= 0 {
		return r.names[i]
	}
	return ""
}

// has reports whether there is a file of exactly this name.
func (r *repository) has(name string) bool { return slices.Contains(r.names, name) }

// read returns what a file says, or nil: files that are too long, binary or
// locked are named as unread.
func (r *repository) read(name string) []byte {
	f, err := r.files.Open(name)
	if err != nil {
		r.unread(name, reasonOf(err))
		return nil
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, SizeLimit+1))
	switch {
	case err != nil:
		r.unread(name, reasonOf(err))
	case len(content) > SizeLimit:
		r.unread(name, "longer than 1 MiB")
	case bytes.IndexByte(content, 0) >= 0:
		r.unread(name, "binary")
	default:
		return content
	}
	return nil
}

// reasonOf leaves the path out of an error about it.
func reasonOf(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// documents yields the YAML documents of the repository that hold all marks,
// each with its file. Templates and broken files end at the first error:
// their owner's tools complain better.
func (r *repository) documents(marks ...string) iter.Seq2[string, *yaml.Node] {
	return func(yield func(name string, doc *yaml.Node) bool) {
		opened := 0
		for _, name := range r.names {
			if !structured(path.Base(name)) || opened == manifestsLimit {
				continue
			}
			opened++
			content := r.read(name)
			if slices.ContainsFunc(marks, func(m string) bool { return !bytes.Contains(content, []byte(m)) }) {
				continue
			}
			for d := yaml.NewDecoder(bytes.NewReader(content)); ; {
				var doc yaml.Node
				if d.Decode(&doc) != nil {
					break
				}
				if len(doc.Content) == 1 && !yield(name, doc.Content[0]) {
					return
				}
			}
		}
	}
}

// structured reports whether a file may hold a document worth reading: lock
// files are long and say nothing, and JSON is read for OpenAPI only.
func structured(base string) bool {
	switch path.Ext(base) {
	case ".yaml", ".yml":
		return !strings.Contains(base, "lock")
	case ".json":
		return strings.Contains(base, "openapi") || strings.Contains(base, "swagger")
	}
	return false
}

// lined is a value in a YAML file with its line.
type lined[T any] struct {
	Value T
	Line  int
}

// UnmarshalYAML notes the line and reads the value.
func (l *lined[T]) UnmarshalYAML(n *yaml.Node) error {
	l.Line = n.Line
	return n.Decode(&l.Value)
}

func (l lined[T]) from(file string) Origin { return Origin{file, l.Line} }
