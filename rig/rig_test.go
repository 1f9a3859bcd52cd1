package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/alicebob/miniredis/v2/server" // what testdata/redis-server is made of, where go mod does not look

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// programs is where TestMain puts the compiled programs of testdata.
var programs string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rig-test-")
	if err != nil {
		panic(err)
	}
	programs = dir
	build := exec.Command("go", "build", "-o", dir+"/", "./testdata/service", "./testdata/reviewer", "./testdata/redis-server")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the test programs: %v\n%s", err, out)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// declared is a service whose process behaves as mode says.
func declared(mode string) *service.Service {
	return &service.Service{
		Name: "subject",
		Run: service.Run{
			Command: []string{filepath.Join(programs, "service")},
			Env:     []service.Pair{{Name: "PORT", Value: "${port}"}, {Name: "MODE", Value: mode}},
			Start:   service.Duration(20 * time.Second),
		},
		Endpoints: service.Endpoints{Ready: "/readyz"},
	}
}

// open starts a rig and, at the test's end, closes it and looks for leavings.
func open(t *testing.T, s *service.Service) *Rig {
	t.Helper()
	r, err := New(t.Context(), Options{Dir: t.TempDir(), Service: s, Progress: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		nothingLeft(t, r.id, r.scratch)
	})
	return r
}

// try makes a trial and the recorder of its drill.
func try(t *testing.T, r *Rig) (*Trial, *evidence.Recorder) {
	t.Helper()
	rec := evidence.NewRecorder("test")
	trial, err := r.NewTrial(t.Context(), rec.Trial(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	return trial, rec
}

// begin starts an instance that must get ready.
func begin(t *testing.T, trial *Trial) {
	t.Helper()
	if err := trial.Start(t.Context(), StartOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := trial.AwaitReady(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(trial.LastLines(20), "\n"))
	}
}

// nothingLeft fails the test when a process of the rig lives or its scratch
// directory is there.
func nothingLeft(t *testing.T, id, scratch string) {
	t.Helper()
	if left := append(marked(id), holding(scratch)...); len(left) > 0 {
		t.Errorf("processes of the rig live on: %q", left)
	}
	if _, err := os.Stat(scratch); !os.IsNotExist(err) {
		t.Errorf("the scratch directory %s is there: %v", scratch, err)
	}
}

// marked returns the living processes whose marker begins with id.
func marked(id string) []string { return holding(Marker + "=" + id) }

// holding returns the processes that have text in their environment or their
// command line.
func holding(text string) []string {
	var found []string
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		env, _ := os.ReadFile(dir + "/environ")
		line, _ := os.ReadFile(dir + "/cmdline")
		if bytes.Contains(env, []byte(text)) || bytes.Contains(line, []byte(text)) {
			found = append(found, filepath.Base(dir)+" "+string(line))
		}
	}
	return found
}

// eventually polls until ok, at most for a minute.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("a minute went by and not: %s", what)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// states returns the states that were recorded, in order.
func states(rec *evidence.Recorder) []evidence.InstanceState {
	var all []evidence.InstanceState
	for _, e := range rec.Recording().Events {
		if e.Instance != nil {
			all = append(all, e.Instance.State)
		}
	}
	return all
}

func TestNewReportsEveryUnknownVariable(t *testing.T) {
	s := declared("serve")
	s.Run.Env = append(s.Run.Env, service.Pair{Name: "DB", Value: "${db.ulr}"})
	s.Run.Command = append(s.Run.Command, "--x=${y}")
	s.Dependencies = []service.Dependency{{Name: "db", Kind: service.TCP, Run: &service.Run{
		Command: []string{"x"}, Env: []service.Pair{{Name: "PEER", Value: "${other.url}"}},
	}}}
	_, err := New(t.Context(), Options{Dir: t.TempDir(), Service: s})
	for _, want := range []string{"run.env.DB: ${db.ulr}", "run.command: ${y}", "dependencies.db.run.env.PEER: ${other.url}", "db.url"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}

func TestArtefactIsTheHashOfTheExecutable(t *testing.T) {
	s := declared("serve")
	if got := open(t, s).Artefact(); !strings.HasPrefix(got, "sha256:") || len(got) != len("sha256:")+64 {
		t.Errorf("artefact %q", got)
	}
	s.Run.Command = []string{"sh", "-c", "true"}
	if got := open(t, s).Artefact(); got != "" {
		t.Errorf("artefact of a program on PATH: %q", got)
	}
}

func TestTrialsWaitForASlot(t *testing.T) {
	s := declared("serve")
	r, err := New(t.Context(), Options{Dir: t.TempDir(), Service: s, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, rec := try(t, r)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.NewTrial(ctx, rec.Trial("second")); err == nil {
		t.Fatal("a second trial got a slot")
	}
	first.Close()
	second, err := r.NewTrial(t.Context(), rec.Trial("second"))
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

func TestAFixedPortAllowsOneTrialAtATime(t *testing.T) {
	s := declared("serve")
	s.Endpoints.URL = "http://127.0.0.1:18931/"
	r := open(t, s)
	if cap(r.slots) != 1 {
		t.Errorf("%d slots", cap(r.slots))
	}
	trial, _ := try(t, r)
	defer trial.Close()
	if trial.URL() != "http://127.0.0.1:18931" {
		t.Errorf("URL %s", trial.URL())
	}
}

func TestAClosedRigTakesNoTrial(t *testing.T) {
	r := open(t, declared("serve"))
	trial, rec := try(t, r)
	r.Close()
	if _, err := r.NewTrial(t.Context(), rec.Trial("late")); err == nil {
		t.Error("a trial began after Close")
	}
	if err := trial.Start(t.Context(), StartOptions{}); err == nil {
		t.Error("an instance started after Close")
	}
}

func TestAPanicEndsEverythingAndIsReported(t *testing.T) {
	r, err := New(t.Context(), Options{Dir: t.TempDir(), Service: declared("daemon")})
	if err != nil {
		t.Fatal(err)
	}
	trial, _ := try(t, r)
	begin(t, trial)
	r.Go(func() { panic("a defect") })
	eventually(t, "the instance ended", func() bool { return len(marked(r.id)) == 0 })
	err = r.Close()
	if err == nil || !strings.Contains(err.Error(), "a defect") || r.Err() == nil {
		t.Errorf("the panic became %v", err)
	}
	nothingLeft(t, r.id, r.scratch)
}

// nilRecorder is for trials whose events nobody reads.
func nilRecorder(t *testing.T) *evidence.TrialRecorder {
	return evidence.NewRecorder("test").Trial(t.Name())
}
