package rig

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
)

func TestAGracefulEnd(t *testing.T) {
	trial, rec := try(t, open(t, declared("graceful")))
	begin(t, trial)
	if err := trial.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	end := trial.AwaitGone(t.Context(), time.Minute)
	if end.State != evidence.Exited || end.Exit == nil || *end.Exit != 0 || !slices.Contains(end.Lines, "bye") {
		t.Errorf("end %+v", end)
	}
	trial.Close()
	want := []evidence.InstanceState{
		evidence.Started, evidence.Serving, evidence.Ready, evidence.Signaled, evidence.Closed, evidence.Exited,
	}
	if got := states(rec); !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
	if err := trial.Signal(syscall.SIGTERM); err == nil {
		t.Error("a signal reached what had exited")
	}
}

func TestASignalIsItsExitCode(t *testing.T) {
	trial, _ := try(t, open(t, declared("serve")))
	defer trial.Close()
	begin(t, trial)
	if err := trial.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if end := trial.AwaitGone(t.Context(), time.Minute); end.Exit == nil || *end.Exit != 128+15 {
		t.Errorf("end %+v", end)
	}
}

func TestAStubbornServiceIsKilledAtTheLimit(t *testing.T) {
	trial, _ := try(t, open(t, declared("stubborn")))
	defer trial.Close()
	begin(t, trial)
	if err := trial.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	end := trial.AwaitGone(t.Context(), 300*time.Millisecond)
	if end.State != evidence.Killed || end.Exit == nil || *end.Exit != 128+9 || !strings.Contains(end.Text, "its main process") {
		t.Errorf("end %+v", end)
	}
	select {
	case <-trial.Exited():
	case <-t.Context().Done():
		t.Error("Exited is open")
	}
}

// TestChildrenOfTheirOwnSessionAreFound covers a daemon that forked twice
// and left group, session and parent.
func TestChildrenOfTheirOwnSessionAreFound(t *testing.T) {
	trial, _ := try(t, open(t, declared("daemon")))
	defer trial.Close()
	begin(t, trial)
	eventually(t, "the daemon left", func() bool { return len(trial.process().family.living()) == 2 })
	if err := trial.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	end := trial.AwaitGone(t.Context(), 500*time.Millisecond)
	if end.State != evidence.Killed || *end.Exit != 128+15 || !strings.Contains(end.Text, "(service)") {
		t.Errorf("end %+v", end)
	}
	if left := marked(trial.rig.id); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestTheChildOfAWrapperStillServes(t *testing.T) {
	trial, _ := try(t, open(t, declared("wrapper")))
	defer trial.Close()
	begin(t, trial)
	<-trial.Exited()
	end := trial.AwaitGone(t.Context(), 200*time.Millisecond)
	if end.State != evidence.Killed || !strings.Contains(end.Text, "a listener on port") || *end.Exit != 0 {
		t.Errorf("end %+v", end)
	}
}

func TestACrashIsRecordedAtClose(t *testing.T) {
	trial, rec := try(t, open(t, declared("exit")))
	if err := trial.Start(t.Context(), StartOptions{}); err != nil {
		t.Fatal(err)
	}
	<-trial.Exited()
	trial.Close()
	var end *evidence.Instance
	for _, e := range rec.Recording().Events {
		if e.Instance != nil && e.Instance.State == evidence.Exited {
			end = e.Instance
		}
	}
	if end == nil || *end.Exit != 3 {
		t.Errorf("end %+v", end)
	}
}

func TestAnInstanceMayFollowAnother(t *testing.T) {
	trial, _ := try(t, open(t, declared("serve")))
	defer trial.Close()
	begin(t, trial)
	if err := trial.Start(t.Context(), StartOptions{}); err == nil {
		t.Fatal("two instances at once")
	}
	trial.Signal(syscall.SIGTERM)
	trial.AwaitGone(t.Context(), time.Minute)
	begin(t, trial)
}

func TestAwaitBeforeStart(t *testing.T) {
	trial, _ := try(t, open(t, declared("serve")))
	defer trial.Close()
	if err := trial.AwaitServing(t.Context()); !errors.Is(err, errNotStarted) {
		t.Errorf("AwaitServing: %v", err)
	}
	if end := trial.AwaitGone(t.Context(), time.Minute); end.State != evidence.Exited || end.Exit != nil {
		t.Errorf("AwaitGone: %+v", end)
	}
}
