package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile writes a file whole or not at all. What is no regular file, such
// as a pipe or /dev/null, is written as it is instead of being replaced.
func writeFile(path string, write func(io.Writer) error) error {
	target, replace := destination(path)
	if !replace {
		file, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return cannotWrite(path, err)
		}
		return cannotWrite(path, errors.Join(write(file), file.Close()))
	}
	tmp, err := besideOf(target)
	if err != nil {
		return cannotWrite(path, err)
	}
	err = errors.Join(write(tmp), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), target)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return cannotWrite(path, err)
}

// writable returns the error that writeFile would return for want of rights
// or of a directory, so that it is known before anything slow begins.
func writable(path string) error {
	target, replace := destination(path)
	if !replace {
		return nil // opening a pipe would wait for its reader
	}
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		return cannotWrite(path, errors.New("it is a directory"))
	}
	tmp, err := besideOf(target)
	if err != nil {
		return cannotWrite(path, err)
	}
	return cannotWrite(path, errors.Join(tmp.Close(), os.Remove(tmp.Name())))
}

// destination follows links and says whether the file may be replaced.
func destination(path string) (target string, replace bool) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	return path, err != nil || info.Mode().IsRegular() || info.IsDir()
}

// besideOf makes a new file in the directory of path, with the rights that
// the user gives to new files.
func besideOf(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), ".golive-"+rand.Text())
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// cannotWrite names the file that the user named, not the one beside it.
func cannotWrite(path string, err error) error {
	if err == nil {
		return nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("cannot write %s: %w; name a file in a directory that exists and that you may write to", path, err)
}
