package service

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// SizeLimit is the greatest size of a golive.yaml in bytes.
const SizeLimit = 1 << 20

// Load reads the golive.yaml in dir. Where there is none, the error is an
// [fs.ErrNotExist]; where something is wrong in it, an [Errors] with all of
// it. A relative dir is taken from the working directory.
func Load(dir string) (*Service, error) {
	text, err := readRegular(filepath.Join(dir, FileName))
	var odd notRegular
	if errors.As(err, &odd) {
		return nil, Errors{{File: FileName, Line: 1, Text: odd.Error() + "; expected a file, which golive init writes"}}
	}
	if err != nil {
		return nil, fmt.Errorf("read the declaration of the service (golive init writes one): %w", err)
	}
	return Parse(FileName, text)
}

// notRegular is the mode of a golive.yaml that is a directory, a pipe or such.
type notRegular fs.FileMode

func (m notRegular) Error() string {
	if fs.FileMode(m).IsDir() {
		return "is a directory, no regular file"
	}
	return "is no regular file but " + fs.FileMode(m).String()
}

// readRegular reads at most one byte more than [SizeLimit], so that Parse can
// tell. It asks for the kind of file first: opening a pipe would block.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(info.Mode().Type())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, SizeLimit+1))
}

// Parse reads text as a golive.yaml. The name is the one that errors give to
// the file. An error is an [Errors]: everything that is wrong, by line.
func Parse(name string, text []byte) (*Service, error) {
	f := &findings{file: name, lines: map[string]int{}, meant: map[string]bool{}, plain: map[string]bool{}}
	root := document(f, text)
	if root == nil {
		return nil, f.err()
	}
	s := &Service{}
	f.lines[""] = root.Line
	decode(f, root, s)
	validate(f, s)
	if err := f.err(); err != nil {
		return nil, err
	}
	delete(f.lines, "")
	s.Lines = f.lines
	return s, nil
}
