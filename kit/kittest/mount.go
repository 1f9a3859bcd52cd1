package kittest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Mount is a folder of files that change as those of a Secret or a ConfigMap
// do in a pod: each file is a link through ..data to a folder of its version,
// and all of them change at one instant, when ..data is renamed over. Who
// watches one of the files, instead of reading it again, misses the second
// change.
type Mount struct {
	Dir string

	t       testing.TB
	version int
}

// NewMount makes a folder with files, by name.
func NewMount(t testing.TB, files map[string][]byte) *Mount {
	t.Helper()
	m := &Mount{Dir: t.TempDir(), t: t}
	m.Swap(files)
	return m
}

// Path returns the path of the file called name.
func (m *Mount) Path(name string) string { return filepath.Join(m.Dir, name) }

// Swap puts files in the place of all that were there, at one instant.
func (m *Mount) Swap(files map[string][]byte) {
	m.t.Helper()
	if err := m.swap(files); err != nil {
		m.t.Fatalf("kittest: the files cannot be swapped: %v", err)
	}
}

func (m *Mount) swap(files map[string][]byte) error {
	m.version++
	version := fmt.Sprintf("..version_%d", m.version)
	if err := os.Mkdir(m.Path(version), 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(m.Dir, version, name), content, 0o600); err != nil {
			return err
		}
		link := filepath.Join("..data", name)
		if now, err := os.Readlink(m.Path(name)); err == nil && now == link {
			continue
		}
		if err := os.Symlink(link, m.Path(name)); err != nil {
			return err
		}
	}
	if err := os.Symlink(version, m.Path("..data_tmp")); err != nil {
		return err
	}
	if err := os.Rename(m.Path("..data_tmp"), m.Path("..data")); err != nil {
		return err
	}
	return os.RemoveAll(m.Path(fmt.Sprintf("..version_%d", m.version-1)))
}
