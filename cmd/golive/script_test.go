package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"
)

// programs holds golive as its users get it, and the subject of its reviews.
var programs string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "command-test-")
	if err != nil {
		panic(err)
	}
	programs = dir
	build := exec.Command("go", "build", "-o", dir+"/", ".", "./testdata/subject")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// TestScripts runs testdata/script. Each script has a temporary directory of
// its own, in which nothing may be left, and whose name must be in no
// process's environment when the script has ended.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			tmp := filepath.Join(e.WorkDir, ".tmp")
			e.Setenv("TMPDIR", tmp)
			e.Setenv("PATH", programs+":"+e.Getenv("PATH"))
			e.Defer(func() { nothingLeft(t, tmp) })
			return os.MkdirAll(tmp, 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"lines": countLines,
			"read":  readVariable,
		},
	})
}

// exits runs a command that must exit with the given code: exits 3 golive
// review. What golive says on stderr is held to its voice.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	if args[1] == "golive" {
		ts.Check(voice(ts.ReadFile("stderr")))
	}
}

// voice returns how text departs from the way in which golive speaks.
func voice(text string) error {
	var errs []error
	for line := range strings.Lines(text) {
		said, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "golive: ")
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("stderr: %q does not begin with golive", line))
		case said == "" || unicode.IsUpper([]rune(said)[0]):
			errs = append(errs, fmt.Errorf("stderr: %q does not begin in lower case", line))
		case strings.HasSuffix(said, "."):
			errs = append(errs, fmt.Errorf("stderr: %q ends with a full stop", line))
		}
	}
	return errors.Join(errs...)
}

// countLines checks how many lines of a file hold a text: lines 1 stderr 'wrote'.
func countLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: lines COUNT FILE TEXT")
	}
	if got := strings.Count(ts.ReadFile(args[1]), args[2]); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%q is there %d times", args[2], got)
	}
}

// readVariable waits until a file has content and puts it into a variable:
// read URL address.
func readVariable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: read NAME FILE")
	}
	path := ts.MkAbs(args[1])
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			ts.Setenv(args[0], strings.TrimSpace(string(text)))
			return
		}
	}
	ts.Fatalf("a minute went by and %s has no content", args[1])
}

// nothingLeft fails the test when a process of a rig whose temporary
// directory was tmp lives on, or a file of it is there.
func nothingLeft(t testing.TB, tmp string) {
	t.Helper()
	if left := rigged(tmp); len(left) > 0 {
		t.Errorf("processes live on: %q", left)
	}
	if files, _ := filepath.Glob(filepath.Join(tmp, "*")); len(files) > 0 {
		t.Errorf("files are left: %q", files)
	}
}

// rigged returns the processes that a rig started and whose environment names
// tmp.
func rigged(tmp string) []string {
	var found []string
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		env, _ := os.ReadFile(filepath.Join(dir, "environ"))
		if bytes.Contains(env, []byte("GOLIVE_RIG=")) && bytes.Contains(env, []byte(tmp)) {
			line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
			found = append(found, filepath.Base(dir)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
