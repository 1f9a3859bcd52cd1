package rig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func makeDirs(paths ...string) error {
	for _, p := range paths {
		if err := os.MkdirAll(p, 0o700); err != nil {
			return fmt.Errorf("making a scratch directory: %w", err)
		}
	}
	return nil
}

// removeScratch removes dir also when a program left directories in it that
// nobody may write to, as Go's module cache does.
func removeScratch(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	walk := filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	if again := os.RemoveAll(dir); again != nil {
		return fmt.Errorf("removing what the rig left in %s: %w", dir, errors.Join(again, walk))
	}
	return nil
}
