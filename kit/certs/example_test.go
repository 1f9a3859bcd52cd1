package certs_test

import (
	"os"
	"testing"
)

// example is what an example needs of a test: a folder that goes away.
type example struct {
	testing.TB
	dirs []string
}

func newExample() *example { return new(example) }

func (*example) Helper() {}

func (e *example) TempDir() string {
	dir, err := os.MkdirTemp("", "certs")
	if err != nil {
		panic(err)
	}
	e.dirs = append(e.dirs, dir)
	return dir
}

func (e *example) end() {
	for _, dir := range e.dirs {
		os.RemoveAll(dir)
	}
}
