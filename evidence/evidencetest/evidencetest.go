// Package evidencetest is the suite that every collector passes.
package evidencetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/files"
)

// Run runs the suite. seeds are files, by path, that the collector reads; it
// must find something in each of them.
func Run(t *testing.T, c files.Collector, seeds map[string]string) {
	t.Run("finds", func(t *testing.T) { finds(t, c, seeds) })
	t.Run("same order", func(t *testing.T) { sameOrder(t, c, seeds) })
	t.Run("survives the stream", func(t *testing.T) { survivesStream(t, c, seeds) })
	t.Run("bad files", func(t *testing.T) { badFiles(t, c, seeds) })
	t.Run("torn files", func(t *testing.T) { tornFiles(t, c, seeds) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, c, seeds) })
}

// Tree lays contents out in a directory of the test and reads it.
func Tree(t testing.TB, contents map[string]string) *files.Tree {
	t.Helper()
	dir := t.TempDir()
	for path, text := range contents {
		Write(t, filepath.Join(dir, filepath.FromSlash(path)), text)
	}
	return read(t, dir)
}

// Write writes a file and the directories above it.
func Write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, dir string) *files.Tree {
	t.Helper()
	tree, err := files.Read(t.Context(), dir, files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// Collect returns what c finds in contents.
func Collect(t testing.TB, c files.Collector, contents map[string]string) []evidence.Record {
	t.Helper()
	return collect(t, c, Tree(t, contents))
}

func collect(t testing.TB, c files.Collector, tree *files.Tree) []evidence.Record {
	t.Helper()
	records, err := c.Collect(t.Context(), tree)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func finds(t *testing.T, c files.Collector, seeds map[string]string) {
	records := Collect(t, c, seeds)
	for path := range seeds {
		if !slices.ContainsFunc(records, func(r evidence.Record) bool {
			return r.Source.File == path && r.Kind != files.ProblemKind
		}) {
			t.Errorf("nothing found in %s", path)
		}
	}
	for _, r := range records {
		if r.Source.File == "" || r.Source.Line < 0 {
			t.Errorf("a record of kind %s has the source %+v", r.Kind, r.Source)
		}
	}
}

func sameOrder(t *testing.T, c files.Collector, seeds map[string]string) {
	many := map[string]string{}
	for path, text := range seeds {
		for _, dir := range []string{"", "a/", "b/", "c/d/", "e/"} {
			many[dir+path] = text
		}
	}
	tree := Tree(t, many)
	first := stream(t, collect(t, c, tree))
	for range 5 {
		if again := stream(t, collect(t, c, tree)); !bytes.Equal(first, again) {
			t.Fatalf("the same tree gave\n%s\nand then\n%s", first, again)
		}
	}
}

func stream(t *testing.T, records []evidence.Record) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := evidence.NewSet(nil, evidence.Build{}, records).Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func survivesStream(t *testing.T, c files.Collector, seeds map[string]string) {
	records := Collect(t, c, seeds)
	before := stream(t, records)
	set, err := evidence.Read(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	var after bytes.Buffer
	if err := set.Write(&after); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after.Bytes()) {
		t.Errorf("the stream changed from\n%s\nto\n%s", before, after.Bytes())
	}
	for _, r := range records {
		text, err := json.Marshal(r.Data)
		if err != nil {
			t.Fatalf("%s: %v", r.Source, err)
		}
		back := reflect.New(reflect.TypeOf(r.Data))
		if err := json.Unmarshal(text, back.Interface()); err != nil {
			t.Fatalf("%s: %v", r.Source, err)
		}
		again, err := json.Marshal(back.Elem().Interface())
		if err != nil || !bytes.Equal(text, again) {
			t.Errorf("%s: %s became %s (%v)", r.Source, text, again, err)
		}
	}
}

// badFiles puts unreadable, huge and binary files and a loop of links beside
// the seeds: what is found in the seeds must not change.
func badFiles(t *testing.T, c files.Collector, seeds map[string]string) {
	alone := collect(t, c, Tree(t, seeds))
	dir := t.TempDir()
	for path, text := range seeds {
		at := func(folder string) string { return filepath.Join(dir, folder, filepath.FromSlash(path)) }
		Write(t, at("."), text)
		Write(t, at("zz-huge"), strings.Repeat(text+"\n", 2+(2<<20)/(len(text)+1)))
		Write(t, at("zz-binary"), "\x00\x01\x02"+text)
		Write(t, at("zz-noise"), "\xff\xfe{{ %\x80 "+text[len(text)/2:])
		Write(t, at("zz-locked"), text)
		if err := os.Chmod(at("zz-locked"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir, filepath.Join(dir, "zz-loop")); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(collect(t, c, read(t, dir)), func(r evidence.Record) bool {
		return strings.HasPrefix(r.Source.File, "zz-")
	})
	if want, have := stream(t, alone), stream(t, got); !bytes.Equal(want, have) {
		t.Errorf("beside bad files the seeds gave\n%s\nalone\n%s", have, want)
	}
}

// tornFiles cuts each seed at many places: a parser may complain, never panic.
func tornFiles(t *testing.T, c files.Collector, seeds map[string]string) {
	torn := map[string]string{}
	for path, text := range seeds {
		for cut := range 50 {
			folder := "cut" + string(rune('a'+cut/26)) + string(rune('a'+cut%26)) + "/"
			torn[folder+path] = text[:len(text)*cut/50]
		}
	}
	for _, r := range Collect(t, c, torn) {
		if p, ok := r.Data.(files.Problem); ok && strings.Contains(p.Text, "broke the parser") {
			t.Errorf("%s: %s", r.Source, p.Text)
		}
	}
}

func cancelled(t *testing.T, c files.Collector, seeds map[string]string) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Collect(ctx, Tree(t, seeds)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context the error is %v, want context.Canceled", err)
	}
}
