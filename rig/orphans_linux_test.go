package rig

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// A daemon that forks twice, leaves its session and clears its environment
// shows nothing of where it comes from but that it was handed to us.
func TestCloseEndsDaemonsThatHide(t *testing.T) {
	const nap = "86397" // so that nobody else's sleep is meant
	svc := &service.Service{Name: "hides", Run: service.Run{
		Command: []string{"sh", "-c", "(env -i setsid sh -c 'sleep " + nap + " & sleep " + nap + "' &) ; exec sleep " + nap + "1"},
	}}
	r, err := New(t.Context(), Options{Dir: t.TempDir(), Service: svc})
	if err != nil {
		t.Fatal(err)
	}
	trial, err := r.NewTrial(t.Context(), evidence.NewRecorder("x").Trial("y"))
	if err != nil {
		t.Fatal(err)
	}
	if err := trial.Start(t.Context(), StartOptions{}); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		out, _ := exec.Command("pgrep", "-cf", "^sleep "+nap).Output() // exit code 1: none
		return len(strings.TrimSpace(strings.Trim(string(out), "0\n")))
	}
	for end := time.Now().Add(20 * time.Second); count() == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the daemon did not start")
		}
	}
	time.Sleep(200 * time.Millisecond) // for all of them to have started
	trial.Close()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if count() != 0 {
		out, _ := exec.Command("pgrep", "-af", "^sleep "+nap).Output()
		t.Errorf("left running:\n%s", out)
	}
}
