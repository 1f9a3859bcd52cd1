package drill

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/rig"
	"github.com/golive-dev/golive/rig/load"
	"github.com/golive-dev/golive/service"
)

func TestEveryDrillSaysWhatItDoes(t *testing.T) {
	for _, d := range All() {
		if d.Breaks == "" || d.Undoes == "" || d.Run == nil || d.Lacks == nil {
			t.Errorf("drill %s lacks what it breaks, how that is undone, its run, or what it needs", d.Name)
		}
		// A declaration that holds nothing must be told what it lacks.
		if lacks := d.Lacks(&service.Service{}); !strings.Contains(lacks, "golive.yaml") {
			t.Errorf("drill %s on an empty declaration says %q", d.Name, lacks)
		}
	}
}

func TestSelect(t *testing.T) {
	got, err := Select([]string{"stop", "hang", "stop"})
	if err != nil || len(got) != 2 || got[0].Name != "stop" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Select([]string{"hangs"}); err == nil || !strings.Contains(err.Error(), "--list") {
		t.Errorf("an unknown drill: %v", err)
	}
}

func TestHoldsReachFromShortToNearlyTheGrace(t *testing.T) {
	for grace, want := range map[time.Duration][]time.Duration{
		20 * time.Second: {time.Second, 5 * time.Second, 10 * time.Second, 16 * time.Second},
		4 * time.Second:  {time.Second, 2 * time.Second, 3200 * time.Millisecond},
		time.Second:      {250 * time.Millisecond, 500 * time.Millisecond, 800 * time.Millisecond},
	} {
		if got := holds(grace, 0); !slices.Equal(got, want) {
			t.Errorf("grace %s: %v, want %v", grace, got, want)
		}
	}
}

func TestHoldsLeaveTimeForTheAnswer(t *testing.T) {
	for itself, want := range map[time.Duration][]time.Duration{
		2 * time.Second:  {time.Second, 3 * time.Second, 6 * time.Second, 7600 * time.Millisecond},
		5 * time.Second:  {time.Second, 3 * time.Second, 4600 * time.Millisecond},
		30 * time.Second: {time.Second, 1500 * time.Millisecond},
	} {
		if got := holds(12*time.Second, itself); !slices.Equal(got, want) {
			t.Errorf("answers take %s: %v, want %v", itself, got, want)
		}
	}
}

func TestHangShapes(t *testing.T) {
	for kind, want := range map[service.DependencyKind]string{
		service.HTTP:  "connect silence headers drip header-drip",
		service.Redis: "connect silence headers drip",
	} {
		var got []string
		for _, f := range hangShapes(service.Dependency{Kind: kind}) {
			got = append(got, f.Shape())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", kind, got, want)
		}
	}
}

func TestVariables(t *testing.T) {
	declared := &service.Service{
		Config: []service.Variable{{Name: "MODE", Kind: service.StringVar}},
		Run:    service.Run{Env: []service.Pair{{Name: "PORT", Value: "${port}"}}},
	}
	if got := Variables(declared); len(got) != 1 || got[0].Name != "MODE" {
		t.Errorf("config is not believed: %v", got)
	}
	inferred := &service.Service{Run: service.Run{Env: []service.Pair{
		{Name: "PORT", Value: "${port}"},
		{Name: "LISTEN", Value: ":${port}"},
		{Name: "PAYMENTS_URL", Value: "${payments.url}/v1"},
		{Name: "DB_HOST", Value: "${db.host}"},
		{Name: "LOG_LEVEL", Value: "info"},
	}}}
	var got []string
	for _, v := range Variables(inferred) {
		got = append(got, v.Name+" "+string(v.Kind)+map[bool]string{true: " must"}[v.MustBeSet()])
	}
	want := []string{"PORT port", "LISTEN string", "PAYMENTS_URL url must", "DB_HOST string must"}
	if !slices.Equal(got, want) {
		t.Errorf("inferred %q, want %q", got, want)
	}
}

func TestUnsteady(t *testing.T) {
	stall := func(ms ...int) []rig.Stall {
		var list []rig.Stall
		for _, n := range ms {
			list = append(list, rig.Stall{Took: time.Duration(n) * time.Millisecond})
		}
		return list
	}
	for name, tc := range map[string]struct {
		stalls []rig.Stall
		took   time.Duration
		want   bool
	}{
		"quiet":            {nil, time.Second, false},
		"one long":         {stall(301), time.Minute, true},
		"few short":        {stall(60, 70, 80), 10 * time.Second, false},
		"many short":       {stall(100, 100, 100, 100), 2 * time.Second, true},
		"as long as it is": {stall(300), 10 * time.Second, false},
	} {
		if got := unsteady(tc.stalls, tc.took); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestWatchForOutlastsTheBudget(t *testing.T) {
	svc := &service.Service{Dependencies: []service.Dependency{{Name: "a", Timeout: service.Duration(time.Second)}, {Name: "b"}}}
	for name, tc := range map[string]struct {
		uses []string
		want time.Duration
	}{
		"declared":   {[]string{"a"}, 4500 * time.Millisecond},
		"undeclared": {[]string{"a", "b"}, 10 * time.Second},
		"none":       {nil, 3 * time.Second},
	} {
		if got := watchFor(svc, service.Traffic{Uses: tc.uses}); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestFreshIDs(t *testing.T) {
	for request, like := range map[string]string{
		"GET /orders/17":       "/orders/*",
		"GET /a/${uuid}/b?x=1": "/a/*/b",
		"GET /orders":          "/orders/*",
	} {
		m, err := load.NewMaker("http://127.0.0.1:1", service.Traffic{Request: request})
		if err != nil {
			t.Fatal(err)
		}
		one, two := withFreshID(m), withFreshID(m)
		if one == two || idSegment.ReplaceAllString(one, "*") != like {
			t.Errorf("%s became %s and %s, want %s with fresh ids", request, one, two, like)
		}
	}
}
