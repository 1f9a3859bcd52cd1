package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/service"
)

func command(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, func(string) (string, bool) { return "", false }, &o, &e)
	return code, o.String(), e.String()
}

// TestEveryMutantIsAFileOfItsName keeps the promise that a mutant is one file.
func TestEveryMutantIsAFileOfItsName(t *testing.T) {
	files, err := filepath.Glob("break_*.go")
	if err != nil || len(files) != len(mutants) {
		t.Fatalf("%d files, %d mutants (%v)", len(files), len(mutants), err)
	}
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(file, "break_"), ".go"), "_", "-")
		if _, err := behave(name); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestList(t *testing.T) {
	code, out, errs := command("-list")
	if code != 0 || errs != "" {
		t.Fatalf("code %d, %s", code, errs)
	}
	row := regexp.MustCompile(`^[a-z0-9-]+\t[a-z]+/[a-z-]+\t[a-z].*[^.]$`)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(mutants) {
		t.Errorf("%d lines for %d mutants", len(lines), len(mutants))
	}
	for _, line := range lines {
		if !row.MatchString(line) {
			t.Errorf("%q is not name, requirement and sentence", line)
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	for _, args := range [][]string{{"-break", "nothing"}, {"-repository", "nothing", t.TempDir()}, {"-repository", "healthy"}, {"surplus"}, {"-unknown"}} {
		if code, out, errs := command(args...); code != 2 || out != "" || errs == "" {
			t.Errorf("%q: code %d, %q, %q", args, code, out, errs)
		}
	}
}

// TestRepository loads each repository as golive does.
func TestRepository(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{healthy, "text-logs", "no-recovery"} {
		dir := filepath.Join(t.TempDir(), name)
		if code, _, errs := command("-repository", name, dir); code != 0 {
			t.Fatal(errs)
		}
		svc, err := service.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(svc.Run.Command, " "); got != program+" -break "+name {
			t.Errorf("the command is %s", got)
		}
		if svc.Run.GracePeriod() != grace || svc.Dependency("inventory").Timeout.D() != budget {
			t.Errorf("declared are a grace period of %s and a budget of %s", svc.Run.GracePeriod(), svc.Dependency("inventory").Timeout)
		}
		if svc.Endpoints.Period.D()*3 > drainDelay {
			t.Errorf("a drain of %s is short for a balancer that asks every %s", drainDelay, svc.Endpoints.Period)
		}
	}
}

// TestLife starts the healthy service without its dependencies and stops it
// with a request in flight.
func TestLife(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	env := map[string]string{"PORT": port, "INVENTORY_URL": "http://127.0.0.1:1", "PRICES_URL": "http://127.0.0.1:1"}
	ctx, sigterm := context.WithCancel(context.Background())
	defer sigterm()
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, nil, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, io.Discard, io.Discard)
	}()
	base := "http://127.0.0.1:" + port
	eventually(t, "live", func() bool { return status(base+"/livez") == 200 })
	if got := status(base + "/readyz"); got != 503 {
		t.Errorf("readiness without inventory is %d", got)
	}
	body, more := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		resp, err := http.Post(base+"/reservations", "application/json", body)
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	_, _ = io.WriteString(more, wish[:5]) // returns when the client reads it
	sigterm()
	eventually(t, "closed", func() bool { return status(base+"/livez") == 0 })
	_, _ = io.WriteString(more, wish[5:])
	_ = more.Close()
	if got := <-answered; got != 503 {
		t.Errorf("the request in flight got %d, want the declared 503", got)
	}
	if code := <-exit; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func status(url string) int {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
