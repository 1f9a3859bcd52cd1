package rig

import (
	"bufio"
	"context"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// TestCancelAtARandomMomentLeavesNothing is Ctrl-C, ten times, somewhere
// between the build and the third instance.
func TestCancelAtARandomMomentLeavesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		moment := rand.N(600 * time.Millisecond)
		timer := time.AfterFunc(moment, cancel)
		ports := useUntilCancelled(ctx, t)
		timer.Stop()
		cancel()
		if left := holding(tmp); len(left) > 0 {
			t.Fatalf("cancelled after %v: processes are left: %q", moment, left)
		}
		if files, _ := os.ReadDir(tmp); len(files) > 0 {
			t.Fatalf("cancelled after %v: files are left: %v", moment, files)
		}
		for _, addr := range ports {
			if accepts(t.Context(), addr) {
				t.Fatalf("cancelled after %v: %s is open", moment, addr)
			}
		}
	}
}

// useUntilCancelled does what drills do and returns the addresses used.
func useUntilCancelled(ctx context.Context, t *testing.T) (addrs []string) {
	s := declared("daemon")
	s.Run.Build = "sleep 0.1 & sleep 0.1"
	up := declared("serve").Run
	s.Dependencies = []service.Dependency{
		{Name: "stubbed", Kind: service.HTTP, Stub: &service.Stub{}},
		{Name: "program", Kind: service.HTTP, Run: &up},
	}
	r, err := New(ctx, Options{Dir: t.TempDir(), Service: s})
	if err != nil {
		return nil
	}
	rec := evidence.NewRecorder("cancel")
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			trial, err := r.NewTrial(ctx, rec.Trial("t"))
			if err != nil {
				return
			}
			defer trial.Close()
			mu.Lock()
			addrs = append(addrs, trial.address(), trial.Proxy("program").Addr())
			mu.Unlock()
			if trial.Start(ctx, StartOptions{}) == nil && trial.AwaitReady(ctx) == nil {
				trial.Signal(syscall.SIGTERM)
				trial.AwaitGone(ctx, time.Minute)
			}
		})
	}
	all.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return addrs
}

// TestTheDeathOfGoliveLeavesNothing kills a program that holds a rig, and
// has another one panic in a goroutine that is not the rig's.
func TestTheDeathOfGoliveLeavesNothing(t *testing.T) {
	for _, death := range []string{"kill", "panic"} {
		t.Run(death, func(t *testing.T) {
			tmp := t.TempDir()
			c := exec.Command(filepath.Join(programs, "reviewer"), death, filepath.Join(programs, "service"))
			c.Env = append(os.Environ(), "TMPDIR="+tmp)
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			if !lines.Scan() {
				t.Fatal("the reviewer did not start its service")
			}
			base, err := url.Parse(strings.TrimSpace(lines.Text()))
			if err != nil {
				t.Fatal(err)
			}
			if death == "kill" {
				c.Process.Kill()
			}
			c.Wait()
			eventually(t, "no process is left", func() bool { return len(holding(tmp)) == 0 })
			eventually(t, "no file is left", func() bool {
				files, _ := os.ReadDir(tmp)
				return len(files) == 0
			})
			if accepts(t.Context(), base.Host) {
				t.Errorf("%s is open", base.Host)
			}
		})
	}
}
