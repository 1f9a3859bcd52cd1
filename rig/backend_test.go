package rig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/service"
)

// with declares a service that calls one dependency.
func with(d service.Dependency) *service.Service {
	s := declared("serve")
	s.Run.Env = append(s.Run.Env, service.Pair{Name: "UPSTREAM_URL", Value: "${" + d.Name + ".url}"})
	s.Dependencies = []service.Dependency{d}
	return s
}

func TestAStubAnswersAsDeclared(t *testing.T) {
	r := open(t, with(service.Dependency{Name: "up", Kind: service.HTTP, Stub: &service.Stub{
		Status: 202, JSON: map[string]any{"ok": true}, Headers: []service.Pair{{Name: "X-Kind", Value: "stub"}},
		Routes: []service.Route{
			{Request: "POST /pay", Stub: service.Stub{Status: 201, Body: "paid"}},
			{Request: "/accounts/", Stub: service.Stub{Body: "account", Latency: service.Duration(50 * time.Millisecond)}},
		},
	}}))
	part, err := r.backends["up"].share(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		method, path string
		status       int
		body, kind   string
	}{
		{"GET", "/", 202, `{"ok":true}`, "application/json"},
		{"POST", "/pay", 201, "paid", ""},
		{"GET", "/pay", 202, `{"ok":true}`, "application/json"},
		{"PUT", "/accounts/7", 200, "account", ""},
		{"GET", "/accounts", 202, `{"ok":true}`, "application/json"},
	} {
		q, err := http.NewRequestWithContext(t.Context(), row.method, "http://"+part.addr+row.path, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != row.status || string(body) != row.body {
			t.Errorf("%s %s: %d %s", row.method, row.path, answer.StatusCode, body)
		}
		if row.kind != "" && (answer.Header.Get("Content-Type") != row.kind || answer.Header.Get("X-Kind") != "stub") {
			t.Errorf("%s %s: headers %v", row.method, row.path, answer.Header)
		}
		if row.body == "account" && time.Since(began) < 50*time.Millisecond {
			t.Errorf("answered after %v", time.Since(began))
		}
	}
}

func TestTheFormOfLinks(t *testing.T) {
	const through = "127.0.0.1:7000"
	for _, row := range []struct {
		kind      service.DependencyKind
		url, want string
	}{
		{service.HTTP, "http://10.0.0.1:80/base?x=1", "http://127.0.0.1:7000/base?x=1"},
		{service.HTTP, "http://up", "http://127.0.0.1:7000"},
		{service.HTTP, "10.0.0.1:80", "http://127.0.0.1:7000"},
		{service.TCP, "10.0.0.1:80", "127.0.0.1:7000"},
		{service.Redis, "10.0.0.1:6379", "redis://127.0.0.1:7000"},
		{service.Postgres, "postgres://u:p@db/app?sslmode=disable", "postgres://u:p@127.0.0.1:7000/app?sslmode=disable"},
	} {
		b, err := newRemote(service.Dependency{Name: "x", Kind: row.kind, URL: row.url})
		if err != nil {
			t.Errorf("%s: %v", row.url, err)
			continue
		}
		part, _ := b.share(t.Context(), "t")
		if got := part.through(through); got != row.want {
			t.Errorf("%s %s: %s, want %s", row.kind, row.url, got, row.want)
		}
	}
}

func TestBackendsThatCannotStart(t *testing.T) {
	exits, elsewhere := declared("exit").Run, declared("elsewhere").Run
	elsewhere.Start = service.Duration(2 * time.Second)
	for name, row := range map[string]struct {
		dependency service.Dependency
		want       string
	}{
		"nothing":       {service.Dependency{Kind: service.GRPC}, "dependencies.x: nothing stands behind it, and kind grpc cannot be made here; add run: or url:"},
		"stub of tcp":   {service.Dependency{Kind: service.TCP, Stub: &service.Stub{}}, "dependencies.x.stub: only kind http"},
		"no url":        {service.Dependency{Kind: service.HTTP, URL: "up"}, "dependencies.x.url: "},
		"https":         {service.Dependency{Kind: service.HTTP, URL: "https://up"}, "without TLS"},
		"no port":       {service.Dependency{Kind: service.TCP, URL: "kafka://up"}, "has no port"},
		"exits":         {service.Dependency{Kind: service.HTTP, Run: &exits}, "dependencies.x.run ended with exit code 3"},
		"elsewhere":     {service.Dependency{Kind: service.HTTP, Run: &elsewhere}, "let it take its port from ${port}"},
		"no executable": {service.Dependency{Kind: service.HTTP, Run: &service.Run{Command: []string{"./none"}}}, "dependencies.x.run.command: "},
	} {
		row.dependency.Name = "x"
		_, err := New(t.Context(), Options{Dir: t.TempDir(), Service: with(row.dependency)})
		var failure *StartError
		if !errors.As(err, &failure) || !strings.Contains(failure.Reason, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABackendThatDiedIsNotTheServicesFault(t *testing.T) {
	up := declared("serve").Run
	r := open(t, with(service.Dependency{Name: "up", Kind: service.HTTP, Run: &up}))
	proc := r.backends["up"].(*program).proc
	proc.cmd.Process.Kill()
	<-proc.reaped
	_, err := r.NewTrial(t.Context(), nilRecorder(t))
	if err == nil || !strings.Contains(err.Error(), "dependencies.up.run ended by itself with exit code 137") {
		t.Errorf("error %v", err)
	}
}

func TestMissingBinariesSayWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := (&Rig{}).findRedis(t.Context(), service.Dependency{Name: "cache", Kind: service.Redis})
	if err == nil || !strings.Contains(err.Error(), "dependencies.cache: kind redis needs redis-server; install") {
		t.Errorf("redis: %v", err)
	}
}

// TestPostgresLeavesNoSharedMemory ends it while it is made, while it starts
// and when it runs: a killed server leaves a System V segment behind.
func TestPostgresLeavesNoSharedMemory(t *testing.T) {
	before := orphanedSegments(t)
	for moment := 50 * time.Millisecond; moment <= 1500*time.Millisecond; moment = moment * 3 / 2 {
		ctx, cancel := context.WithTimeout(t.Context(), moment)
		r, err := New(ctx, Options{Dir: t.TempDir(), Service: with(service.Dependency{Name: "db", Kind: service.Postgres})})
		switch {
		case err == nil:
			r.Close()
		case !errors.Is(err, context.DeadlineExceeded):
			t.Errorf("ended after %v: %v", moment, err)
		}
		cancel()
	}
	eventually(t, "no segment is left", func() bool {
		return !slices.ContainsFunc(orphanedSegments(t), func(id string) bool { return !slices.Contains(before, id) })
	})
}

// orphanedSegments returns the ids of the shared memory that no process uses.
func orphanedSegments(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for row := range strings.Lines(string(text)) {
		const id, users = 1, 6
		if f := strings.Fields(row); len(f) > users && f[users] == "0" {
			ids = append(ids, f[id])
		}
	}
	return ids
}
