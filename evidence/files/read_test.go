package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/golive-dev/golive/evidence"
)

func lay(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range contents {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func mustRead(t *testing.T, dir string, l Limits) *Tree {
	t.Helper()
	tree, err := Read(t.Context(), dir, l)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func paths(t *Tree) []string {
	var all []string
	for _, f := range t.Files {
		all = append(all, f.Path)
	}
	return all
}

func TestReadSortsAndLeavesOutForeignCode(t *testing.T) {
	tree := mustRead(t, lay(t, map[string]string{
		"b.txt": "b", "a/z.txt": "z", "a.txt": "a", "node_modules/x/i.js": "x", "cmd/vendor/v.go": "v", ".git/HEAD": "ref", "bin/run.sh": "#!/bin/sh",
	}), Limits{})
	if got, want := paths(tree), []string{"a.txt", "a/z.txt", "b.txt", "bin/run.sh"}; !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	want := []LeftOut{{".git", "not written by the owner"}, {"cmd/vendor", "not written by the owner"}, {"node_modules", "not written by the owner"}}
	if !slices.Equal(tree.LeftOut, want) {
		t.Errorf("left out %v, want %v", tree.LeftOut, want)
	}
	if f := tree.Lookup("a/z.txt"); f == nil || string(f.Text) != "z" || f.Base() != "z.txt" {
		t.Errorf("a/z.txt is %+v", f)
	}
	if f := tree.Lookup("a/y.txt"); f != nil {
		t.Errorf("a file that is not there is %+v", f)
	}
}

func TestReadNamesWhatItSkips(t *testing.T) {
	dir := lay(t, map[string]string{
		"big.txt": strings.Repeat("x", 1<<20+1), "full.txt": strings.Repeat("x", 1<<20),
		"image.png": "\x89PNG\x00\x00", "late.txt": strings.Repeat("x", 9000) + "\x00", "empty.txt": "",
	})
	if err := os.Symlink(dir, filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"big.txt": "larger than 1 MiB", "full.txt": "", "image.png": "binary", "late.txt": "", "empty.txt": "",
		"loop": "symlink", "pipe": "not a regular file",
	}
	for _, f := range mustRead(t, dir, Limits{}).Files {
		if reason, listed := want[f.Path]; !listed || f.Skipped != reason {
			t.Errorf("%s is skipped as %q, want %q", f.Path, f.Skipped, reason)
		}
		if (f.Text == nil) != (f.Skipped != "") {
			t.Errorf("%s: skipped as %q with %d bytes of text", f.Path, f.Skipped, len(f.Text))
		}
	}
}

// The file system itself may refuse; root, who runs some CI, is refused by
// nothing, so the file is taken away instead of locked.
func TestReadSurvivesAVanishingFile(t *testing.T) {
	dir := lay(t, map[string]string{"gone.txt": "x", "here.txt": "y"})
	w := walk{limits: Limits{}.orDefaults(), tree: &Tree{Dir: dir}}
	if err := w.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "gone.txt")); err != nil {
		t.Fatal(err)
	}
	if err := load(t.Context(), w.tree, w.limits); err != nil {
		t.Fatal(err)
	}
	if got := w.tree.Lookup("gone.txt").Skipped; got != "unreadable: no such file or directory" {
		t.Errorf("skipped as %q", got)
	}
	if got := string(w.tree.Lookup("here.txt").Text); got != "y" {
		t.Errorf("here.txt reads %q", got)
	}
}

func TestReadIsBounded(t *testing.T) {
	contents := map[string]string{"a/b/c/d/deep.txt": "deep"}
	for i := range 300 {
		contents[fmt.Sprintf("many/%03d.txt", i)] = strings.Repeat("x", 100)
	}
	dir := lay(t, contents)
	t.Run("files", func(t *testing.T) {
		tree := mustRead(t, dir, Limits{Files: 50})
		if len(tree.Files) > 50 || len(tree.LeftOut) == 0 || !strings.Contains(tree.LeftOut[0].Reason, "more than 50") {
			t.Errorf("%d files, left out %v", len(tree.Files), tree.LeftOut)
		}
	})
	t.Run("depth", func(t *testing.T) {
		tree := mustRead(t, dir, Limits{Depth: 3})
		if want := []LeftOut{{"a/b/c/d", "more than 3 directories deep"}}; !slices.Equal(tree.LeftOut, want) {
			t.Errorf("left out %v, want %v", tree.LeftOut, want)
		}
	})
	t.Run("total", func(t *testing.T) {
		tree := mustRead(t, dir, Limits{TotalBytes: 2000})
		s := tree.Summary()
		if s.Bytes > 2000 || s.Bytes < 1900 || s.Skipped["the files before it hold 1 KiB of text already"] != 301-20 {
			t.Errorf("summary %+v", s)
		}
		if tree.Lookup("many/000.txt").Text == nil || tree.Lookup("many/299.txt").Text != nil {
			t.Error("the total does not go in the order of the paths")
		}
	})
	t.Run("growing file", func(t *testing.T) {
		text, err := readText(filepath.Join(dir, "many/000.txt"), 10, 50)
		if err != nil || len(text) <= 50 {
			t.Errorf("%d bytes, %v: a file that grew past its limit must be seen to", len(text), err)
		}
	})
}

func TestReadErrors(t *testing.T) {
	if _, err := Read(t.Context(), filepath.Join(t.TempDir(), "none"), Limits{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, t.TempDir(), Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestEachKeepsTheOrderAndSurvivesPanics(t *testing.T) {
	contents := map[string]string{"bad.yaml": "", "skip.txt": ""}
	for i := range 200 {
		contents[fmt.Sprintf("%03d.yaml", i)] = fmt.Sprint(i)
	}
	tree := mustRead(t, lay(t, contents), Limits{})
	var calls atomic.Int32
	records := Each(t.Context(), tree, func(p string) bool { return strings.HasSuffix(p, ".yaml") }, func(f File) []evidence.Record {
		calls.Add(1)
		if f.Path == "bad.yaml" {
			panic("out of luck")
		}
		return []evidence.Record{evidence.New("test", evidence.Source{File: f.Path}, string(f.Text))}
	})
	if calls.Load() != 201 || len(records) != 201 {
		t.Fatalf("%d calls, %d records", calls.Load(), len(records))
	}
	for i, r := range records[:200] {
		if r.Data != fmt.Sprint(i) {
			t.Fatalf("record %d holds %v", i, r.Data)
		}
	}
	if p, ok := records[200].Data.(Problem); !ok || p.Text != "it broke the parser: out of luck" {
		t.Errorf("the panic became %+v", records[200])
	}
}
