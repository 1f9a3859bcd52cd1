package rig

import (
	"strings"
	"testing"

	"github.com/golive-dev/golive/service"
)

// The service's second port serves the files of run.files, so the answer
// shows both.
func TestTheSecondPortAndTheFiles(t *testing.T) {
	s := with(service.Dependency{Name: "db", Kind: service.Postgres})
	s.Run.Env = append(s.Run.Env, service.Pair{Name: "OPS_PORT", Value: "${port.ops}"}, service.Pair{Name: "SECRETS", Value: "${dir}"})
	s.Run.Files = []service.Pair{{Name: "mounted/login", Value: "${db.user} ${db.password} ${db.database}"}}
	s.Endpoints = service.Endpoints{Ops: "http://127.0.0.1:${port.ops}", Ready: "/mounted/login"}
	trial, _ := try(t, open(t, s))
	defer trial.Close()
	begin(t, trial)
	if trial.OpsURL() == trial.URL() {
		t.Error("the two ports are one")
	}
	link := trial.shares["db"].link
	password, _ := link.User.Password()
	want := link.User.Username() + " " + password + " " + strings.TrimPrefix(link.Path, "/")
	if got := get(t, trial.OpsURL()+"/mounted/login"); got != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
}

func TestProbesGoToTheServicesPortUnlessOpsIsDeclared(t *testing.T) {
	trial, _ := try(t, open(t, declared("serve")))
	defer trial.Close()
	if trial.OpsURL() != trial.URL() {
		t.Errorf("%s is asked, not %s", trial.OpsURL(), trial.URL())
	}
}

func TestAFixedSecondPortAllowsOneTrialAtATime(t *testing.T) {
	s := declared("serve")
	s.Endpoints.Ops = "http://127.0.0.1:9099"
	if r := (&Rig{service: s}); !r.fixedPort() {
		t.Error("several trials would want port 9099")
	}
}

func TestWhatIsMissingIsLeftOutWhereThatIsDeclared(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s := declared("serve")
	s.Dependencies = []service.Dependency{
		{Name: "cache", Kind: service.Redis, Missing: service.LeaveOut},
		{Name: "sessions", Kind: service.Redis},
		{Name: "there", Kind: service.Redis, URL: "redis://127.0.0.1:1", Missing: service.LeaveOut},
		{Name: "payments", Kind: service.HTTP, Stub: &service.Stub{}, Missing: service.LeaveOut},
	}
	if got := strings.Join(Missing(s), " "); got != "cache" {
		t.Errorf("left out: %s", got)
	}
}
