package spiffe_test

import (
	"os"
	"slices"
	"testing"
)

// example is what an example needs of a test: things that go away with it.
type example struct {
	testing.TB
	cleanups []func()
}

func newExample() *example { return new(example) }

func (*example) Helper() {}

func (e *example) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

func (e *example) TempDir() string {
	dir, err := os.MkdirTemp("", "spiffe")
	if err != nil {
		panic(err)
	}
	e.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (e *example) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}
