package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golive-dev/golive/service"
)

func TestEachBuildRunsOnceWithTheWholeEnvironment(t *testing.T) {
	t.Setenv("COMPILER_FLAG", "-x")
	dir := t.TempDir()
	s := declared("serve")
	s.Run.Build = `echo "$COMPILER_FLAG" >> built`
	upstream := *declared("serve")
	upstream.Run.Build = s.Run.Build
	s.Dependencies = []service.Dependency{{Name: "up", Kind: service.HTTP, Run: &upstream.Run}}
	r, err := New(t.Context(), Options{Dir: dir, Service: s})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if text, err := os.ReadFile(filepath.Join(dir, "built")); string(text) != "-x\n" {
		t.Errorf("built: %q, %v", text, err)
	}
}

func TestAFailedBuildShowsItsLastLines(t *testing.T) {
	s := declared("serve")
	s.Run.Build = "for i in $(seq 1 100); do echo line $i; done; echo undefined: x >&2; exit 2"
	_, err := New(t.Context(), Options{Dir: t.TempDir(), Service: s})
	var failure *StartError
	if !errors.As(err, &failure) || !strings.Contains(failure.Reason, "run.build: ") || !strings.Contains(failure.Reason, "exit code 2") {
		t.Fatalf("%v", err)
	}
	all := strings.Join(failure.Lines, "\n")
	if len(failure.Lines) != buildLines || !strings.Contains(all, "undefined: x") {
		t.Errorf("%d lines:\n%s", len(failure.Lines), all)
	}
}

func TestABuildLeavesNothingRunning(t *testing.T) {
	s := declared("serve")
	s.Run.Build = "sleep 1000 & setsid sleep 1000 & exit 0"
	r := open(t, s)
	if left := marked(r.id); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestACancelledBuildIsKilled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	pipe := filepath.Join(t.TempDir(), "began")
	s := declared("serve")
	s.Run.Build = fmt.Sprintf("setsid sleep 1000 & echo $GOLIVE_RIG > %s; sleep 1000", pipe)
	var marker string
	done := make(chan struct{})
	go func() {
		defer close(done)
		eventually(t, "the build began", func() bool {
			text, _ := os.ReadFile(pipe)
			marker = strings.TrimSpace(string(text))
			return marker != ""
		})
		cancel(errors.New("ctrl-c"))
	}()
	_, err := New(ctx, Options{Dir: t.TempDir(), Service: s})
	if err == nil || !strings.Contains(err.Error(), "ctrl-c") {
		t.Errorf("error %v", err)
	}
	<-done
	if left := marked(marker); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
