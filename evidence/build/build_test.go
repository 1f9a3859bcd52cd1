package build

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 999, time.FixedZone("CET", 3600))

func identify(t *testing.T, dir string) evidence.Build {
	t.Helper()
	return Identify(t.Context(), dir, "local", now)
}

// repository makes one with a commit of files.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		evidencetest.Write(t, filepath.Join(dir, path), text)
	}
	gitDo(t, dir, "init", "-q")
	gitDo(t, dir, "add", ".")
	gitDo(t, dir, "commit", "-q", "-m", "a")
	return dir
}

// gitDo runs git with nothing of the user's configuration.
func gitDo(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@greeters.test"}, args...)...)
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestACleanTreeIsItsCommit(t *testing.T) {
	dir := repository(t, map[string]string{"golive.yaml": "service: greeter\n", "api/main.go": "package main\n"})
	b := identify(t, dir)
	if want := gitDo(t, dir, "rev-parse", "HEAD"); b.Commit != want || b.Dirty {
		t.Errorf("commit %q, dirty %t; want %q and clean", b.Commit, b.Dirty, want)
	}
	sum := sha256.Sum256([]byte("service: greeter\n"))
	if want := "sha256:" + hex.EncodeToString(sum[:]); b.Spec != want {
		t.Errorf("spec %q, want %q", b.Spec, want)
	}
	if b.Environment != "local" || b.At.String() != "2026-03-01 11:00:00 +0000 UTC" {
		t.Errorf("environment %q at %s", b.Environment, b.At)
	}
}

func TestWhatDiffersFromTheCommitMakesItDirty(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string){
		"changed": func(t *testing.T, dir string) {
			evidencetest.Write(t, filepath.Join(dir, "api/main.go"), "package x\n")
		},
		"new":     func(t *testing.T, dir string) { evidencetest.Write(t, filepath.Join(dir, "api/new.go"), "package x\n") },
		"removed": func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "api/main.go")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, map[string]string{"api/main.go": "package main\n", "web/index.html": "hello\n"})
			change(t, dir)
			if !identify(t, dir).Dirty {
				t.Error("the tree is called clean")
			}
			// A service in a folder of a larger repository answers for that
			// folder.
			if identify(t, filepath.Join(dir, "web")).Dirty {
				t.Error("the folder beside the change is called dirty")
			}
		})
	}
}

func TestWhatCannotBeToldIsEmpty(t *testing.T) {
	b := identify(t, t.TempDir())
	if b.Commit != "" || b.Dirty || b.Spec != "" || b.Digest != "" {
		t.Errorf("of an empty directory it says %+v", b)
	}
	dir := t.TempDir()
	gitDo(t, dir, "init", "-q")
	if b := identify(t, dir); b.Commit != "" || b.Dirty {
		t.Errorf("of a repository without a commit it says %+v", b)
	}
}

// TestIdentifyingRunsNothingOfTheRepository sets the ways in which a
// repository's own configuration makes git run a program.
func TestIdentifyingRunsNothingOfTheRepository(t *testing.T) {
	dir := repository(t, map[string]string{"main.go": "package main\n"})
	ran := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(dir, ".git", "run.sh")
	evidencetest.Write(t, script, "#!/bin/sh\ntouch "+ran+"\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	gitDo(t, dir, "config", "core.fsmonitor", script)
	gitDo(t, dir, "config", "core.pager", script)
	gitDo(t, dir, "config", "filter.run.clean", script)
	gitDo(t, dir, "config", "filter.run.process", script)
	gitDo(t, dir, "config", "filter.run.required", "true")
	evidencetest.Write(t, filepath.Join(dir, ".git", "info", "attributes"), "*.go filter=run\n")
	evidencetest.Write(t, filepath.Join(dir, "main.go"), "package mine\n")
	if !identify(t, dir).Dirty {
		t.Error("the changed file is not seen")
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a program that the repository's configuration names was run")
	}
}

func TestTheVariablesOfAHookDoNotLeadElsewhere(t *testing.T) {
	dir, other := repository(t, map[string]string{"a": "1\n"}), repository(t, map[string]string{"b": "2\n"})
	want := gitDo(t, dir, "rev-parse", "HEAD")
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other, ".git", "index"))
	if b := identify(t, dir); b.Commit != want || b.Dirty {
		t.Errorf("commit %q, dirty %t; want %q and clean", b.Commit, b.Dirty, want)
	}
}
