package rig

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/golive-dev/golive/service"
)

// calls declares a program that calls another dependency.
func calls(name, other string) service.Dependency {
	run := declared("serve").Run
	run.Env = append(run.Env, service.Pair{Name: "UPSTREAM_URL", Value: "${" + other + ".url}"})
	return service.Dependency{Name: name, Kind: service.HTTP, Run: &run}
}

func TestABackendStartsAfterThoseThatItNames(t *testing.T) {
	s := declared("serve")
	s.Dependencies = []service.Dependency{
		calls("front", "back"),
		{Name: "back", Kind: service.HTTP, Stub: &service.Stub{Body: "from the back"}},
	}
	r := open(t, s)
	part, err := r.backends["front"].share(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get("http://" + part.addr + "/upstream")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); string(body) != "from the back" {
		t.Errorf("the front answers %q", body)
	}
}

func TestABackendsRedisEndsWithIt(t *testing.T) {
	t.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	s := declared("serve")
	s.Dependencies = []service.Dependency{calls("front", "cache"), {Name: "cache", Kind: service.Redis}}
	r := open(t, s) // which looks for leavings
	if n := len(marked(r.id)); n != 2 {
		t.Errorf("%d processes run, want the front and its Redis", n)
	}
}

func TestBackendsThatNeedOneAnother(t *testing.T) {
	s := declared("serve")
	s.Dependencies = []service.Dependency{calls("a", "b"), calls("b", "a")}
	_, err := New(t.Context(), Options{Dir: t.TempDir(), Service: s})
	var failure *StartError
	if !errors.As(err, &failure) || !strings.Contains(failure.Reason, "need one another") {
		t.Errorf("error %v", err)
	}
}
