package examples_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is the top of the repository.
const root = ".."

// build returns golive, made of this repository.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "golive")
	c := exec.Command("go", "build", "-o", binary, "./cmd/golive")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
	return binary
}

// copied returns the directory of orders in a copy of the examples, and of kit
// where a patch is about it: what is not copied need not be compiled again.
func copied(t *testing.T, patches []patch) string {
	t.Helper()
	tree := t.TempDir()
	copyTree(t, "examples", tree)
	kit, err := filepath.Abs(filepath.Join(root, "kit"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range patches {
		if strings.HasPrefix(p.file, "kit/") {
			kit = filepath.Join(tree, "kit")
			copyTree(t, "kit", tree)
			break
		}
	}
	replace(t, tree, patch{"examples/go.mod", "=> ../kit", "=> " + kit})
	for _, p := range patches {
		replace(t, tree, p)
	}
	return filepath.Join(tree, "examples", "orders")
}

// copyTree copies what belongs to a build: neither binaries nor tests.
func copyTree(t *testing.T, name, into string) {
	t.Helper()
	from := os.DirFS(root)
	err := fs.WalkDir(from, name, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "bin" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(into, path), 0o755)
		case strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(into, path), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// replace applies a patch. One that does not fit any more would test nothing.
func replace(t *testing.T, tree string, p patch) {
	t.Helper()
	file := filepath.Join(tree, p.file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(p.old)) {
		t.Fatalf("%s does not hold %q any more; write the patch anew", p.file, p.old)
	}
	text = bytes.ReplaceAll(text, []byte(p.old), []byte(p.new))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// result is golive's judgement of one requirement.
type result struct {
	ID, Outcome, Reason string
	Evidence            []struct{ Text string }
}

// text returns all that is said about it.
func (r result) text() string {
	all := r.Reason
	for _, e := range r.Evidence {
		all += "\n" + e.Text
	}
	return all
}

// review judges one requirement of the service in dir.
func review(t *testing.T, binary, dir, id string) result {
	t.Helper()
	var out, progress bytes.Buffer
	c := exec.Command(binary, "review", dir, "--only", id, "--format", "json")
	c.Stdout, c.Stderr = &out, &progress
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var report struct{ Results []result }
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.Results) != 1 || report.Results[0].ID != id {
		t.Fatalf("golive: %v, and said\n%s\n%s", err, &progress, &out)
	}
	return report.Results[0]
}
