package main

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// forking is a service that leaves its group in two ways, with a dependency
// that does the same, so that there is much to be ended.
const forking = `service: greeter
run: {build: "sleep 0.3 & sleep 0.2", command: [subject, forks], env: {PORT: "${port}", UPSTREAM: "${upstream.url}", ADDRESS_FILE: ADDRESS}, grace: 5s}
endpoints: {live: /livez, ready: /readyz, metrics: /metrics, period: 200ms}
dependencies:
  upstream: {kind: http, critical: true, timeout: 500ms, without: fail, run: {command: [subject, forks], env: {PORT: "${port}"}}}
traffic: [{name: home, request: GET /, expect: 200, uses: [upstream]}]
`

// reviewing is a golive that runs.
type reviewing struct {
	*exec.Cmd
	tmp, address string
	said         bytes.Buffer
	over         chan struct{} // closed when it has ended
}

// startReview starts the real golive on a service with the given golive.yaml.
func startReview(t *testing.T, declaration string) *reviewing {
	t.Helper()
	dir, tmp := t.TempDir(), t.TempDir()
	address := filepath.Join(dir, "address")
	text := strings.ReplaceAll(declaration, "ADDRESS}", address+"}")
	text = strings.ReplaceAll(text, "ADDRESS,", address+",")
	if err := os.WriteFile(filepath.Join(dir, "golive.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r := &reviewing{Cmd: exec.Command(filepath.Join(programs, "golive"), "review", dir), tmp: tmp, address: address, over: make(chan struct{})}
	r.Env = append(os.Environ(), "TMPDIR="+tmp, "PATH="+programs+":"+os.Getenv("PATH"))
	r.Stderr = &r.said
	r.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.over)
		r.Wait()
	}()
	return r
}

// await waits for its end.
func (r *reviewing) await(t *testing.T) {
	t.Helper()
	select {
	case <-r.over:
	case <-time.After(time.Minute):
		r.Process.Kill()
		t.Fatal("a minute after the signal golive still runs")
	}
}

// TestASignalAtARandomMomentLeavesNothing is Ctrl-C, kill and a terminal that
// is closed, at any moment from before the build to the end of the drills.
func TestASignalAtARandomMomentLeavesNothing(t *testing.T) {
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
	for n := range 12 {
		sig, moment := signals[n%len(signals)], rand.N(8*time.Second)
		r := startReview(t, forking)
		time.Sleep(moment)
		begin := time.Now()
		r.Process.Signal(sig)
		r.await(t)
		took := time.Since(begin)
		t.Logf("%v after %v: code %d, %v later", sig, moment, r.ProcessState.ExitCode(), took)
		if r.said.Len() == 0 && r.ProcessState.ExitCode() == -1 {
			continue // before golive began to listen for signals there was nothing to end
		}
		if code := r.ProcessState.ExitCode(); code != exitFailed {
			t.Errorf("%v after %v: exit code %d, want %d\n%s", sig, moment, code, exitFailed, &r.said)
		}
		if !strings.Contains(r.said.String(), "golive: interrupted") {
			t.Errorf("%v after %v: it says\n%s", sig, moment, &r.said)
		}
		r.leavesNothing(t)
	}
}

// leavesNothing checks that no process, no file and no port is left.
func (r *reviewing) leavesNothing(t *testing.T) {
	t.Helper()
	nothingLeft(t, r.tmp)
	text, err := os.ReadFile(r.address)
	if err != nil {
		return // no instance has listened
	}
	u, err := url.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := net.DialTimeout("tcp", u.Host, time.Second); err == nil {
		c.Close()
		t.Errorf("%s is still open", u.Host)
	}
}

// TestCtrlCEndsABuildThatHangs also ends what the build started.
func TestCtrlCEndsABuildThatHangs(t *testing.T) {
	r := startReview(t, "service: greeter\nrun: {build: 'setsid sleep 600 & touch ADDRESS; sleep 600', command: [subject]}\n"+
		"endpoints: {ready: /readyz}\ntraffic: [{name: home, request: GET /, expect: 200}]\n")
	until(t, "the build runs", func() bool { return len(rigged(r.tmp)) >= 3 })
	r.Process.Signal(syscall.SIGINT)
	r.await(t)
	if code := r.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(r.said.String(), "golive: interrupted") {
		t.Errorf("exit code %d, and it says\n%s", code, &r.said)
	}
	nothingLeft(t, r.tmp)
}

// TestTheDeathOfGoliveLeavesNothing kills golive itself, which cannot tidy up
// then: its warden does.
func TestTheDeathOfGoliveLeavesNothing(t *testing.T) {
	r := startReview(t, forking)
	until(t, "an instance listens", func() bool {
		_, err := os.Stat(r.address)
		return err == nil
	})
	r.Process.Kill()
	r.await(t)
	until(t, "no process is left", func() bool { return len(rigged(r.tmp)) == 0 })
	until(t, "no file is left", func() bool {
		files, _ := os.ReadDir(r.tmp)
		return len(files) == 0
	})
	r.leavesNothing(t)
}

// TestASecondSignalEndsAtOnce is the impatient user.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	r := startReview(t, forking)
	until(t, "an instance listens", func() bool {
		_, err := os.Stat(r.address)
		return err == nil
	})
	for range 3 {
		r.Process.Signal(syscall.SIGINT)
		time.Sleep(time.Millisecond)
	}
	r.await(t)
	until(t, "no process is left", func() bool { return len(rigged(r.tmp)) == 0 })
	until(t, "no file is left", func() bool {
		files, _ := os.ReadDir(r.tmp)
		return len(files) == 0
	})
}

// until polls until ok, at most for a minute.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("a minute went by and not: %s", what)
		}
	}
}
