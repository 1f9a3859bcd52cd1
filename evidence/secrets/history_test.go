package secrets

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/evidencetest"
	"github.com/golive-dev/golive/evidence/files"
)

// repository is a git repository of a test.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) repository {
	r := repository{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r repository) git(args ...string) {
	r.t.Helper()
	identity := []string{"-C", r.dir, "-c", "user.name=t", "-c", "user.email=t@shop.test", "-c", "commit.gpgsign=false"}
	cmd := exec.Command("git", append(identity, args...)...)
	cmd.Env = append(withoutGit(os.Environ()), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (r repository) commit(path, text string) {
	r.t.Helper()
	evidencetest.Write(r.t, filepath.Join(r.dir, path), text)
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "change "+path)
}

// collected collects dir and returns the findings as "file:line rule", those of
// the history with "in a commit" behind.
func collected(t *testing.T, dir string) ([]string, History) {
	t.Helper()
	tree, err := files.Read(t.Context(), dir, files.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	records, err := Collector{}.Collect(t.Context(), tree)
	if err != nil {
		t.Fatal(err)
	}
	set := evidence.NewSet(nil, evidence.Build{}, records)
	var found []string
	for _, f := range evidence.All[Finding](set, FindingKind) {
		place := fmt.Sprintf("%s %s", f.Source, f.Data.Rule)
		if f.Data.Commit != "" {
			place += " in a commit"
		}
		found = append(found, place)
	}
	return found, evidence.All[History](set, HistoryKind)[0].Data
}

func TestHistoryShowsWhatWasRemoved(t *testing.T) {
	r := newRepository(t)
	r.commit("svc/config.yaml", "name: orders\nport: 8080\ntoken: "+githubKey+"\n")
	r.commit("svc/config.yaml", "name: orders\nport: 8080\ntoken: ${TOKEN}\n")
	r.commit("svc/main.go", "package main\n\nvar k = \""+awsKey+"\"\n")
	r.commit("other/config.yaml", "password: "+password+"\n")
	r.commit("other/config.yaml", "password: ${PASSWORD}\n")
	found, state := collected(t, filepath.Join(r.dir, "svc"))
	if want := []string{"main.go:3 aws-access-token", "config.yaml:3 github-pat in a commit"}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q: the tree's own secret once, the other directory's not", found, want)
	}
	if state.State != HistoryWhole || state.Commits != 3 {
		t.Errorf("%+v", state)
	}
}

func TestShallowHistoryIsSaid(t *testing.T) {
	r := newRepository(t)
	r.commit("config.yaml", "token: "+githubKey+"\n")
	r.commit("config.yaml", "token: ${TOKEN}\n")
	clone := repository{t, filepath.Join(t.TempDir(), "clone")}
	r.git("clone", "-q", "--depth", "1", "file://"+r.dir, clone.dir)
	found, state := collected(t, clone.dir)
	if len(found) != 0 || state.State != HistoryShallow || !strings.Contains(state.Text, "--unshallow") {
		t.Errorf("found %q, %+v", found, state)
	}
}

// A repository is read, never executed: its configuration names programs for
// every step of git log, and none may run.
func TestHistoryRunsNothingOfTheRepository(t *testing.T) {
	r := newRepository(t)
	mark := filepath.Join(t.TempDir(), "ran")
	trap := filepath.Join(t.TempDir(), "trap.sh")
	if err := os.WriteFile(trap, []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.commit(".gitattributes", "*.yaml diff=trap\n")
	r.commit("config.yaml", "token: "+githubKey+"\n")
	r.commit("config.yaml", "token: ${TOKEN}\n")
	for _, key := range []string{"diff.external", "diff.trap.textconv", "diff.trap.command", "core.pager", "core.fsmonitor", "gpg.program", "core.sshCommand"} {
		r.git("config", key, trap)
	}
	r.git("config", "log.showSignature", "true")
	found, _ := collected(t, r.dir)
	if want := []string{"config.yaml:1 github-pat in a commit"}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program named in the repository's configuration ran")
	}
}

func TestHistoryWithoutCommitsOfTheDirectory(t *testing.T) {
	r := newRepository(t)
	r.commit("a.txt", "x\n")
	evidencetest.Write(t, filepath.Join(r.dir, "new", "b.txt"), "y\n")
	if _, state := collected(t, filepath.Join(r.dir, "new")); state.State != HistoryWhole || state.Commits != 0 {
		t.Errorf("%+v", state)
	}
}

func TestHistoryEndsWithItsContext(t *testing.T) {
	r := newRepository(t)
	r.commit("a.txt", "x\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := newDetector()
	if err != nil {
		t.Fatal(err)
	}
	records := searchHistory(ctx, r.dir, d, newMemory())
	if h := records[len(records)-1].Data.(History); h.State == HistoryWhole {
		t.Errorf("a cancelled search calls itself whole: %+v", h)
	}
}
