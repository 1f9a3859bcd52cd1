package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// environment is what the process is started with. Nothing answers at these
// addresses: port 1 of the loopback is refused.
func environment(t *testing.T) map[string]string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	_, port, _ := net.SplitHostPort(free.Addr().String())
	return map[string]string{
		"PORT": port, "STORE_URL": "redis://127.0.0.1:1", "FRAUD_URL": "http://127.0.0.1:1",
		"PAYMENTS_URL": "http://127.0.0.1:1", "DRAIN_DELAY": "1ms",
	}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

func TestWrongConfigurationStopsTheStartWithOneLine(t *testing.T) {
	var out bytes.Buffer
	if code := run(context.Background(), lookup(map[string]string{"PORT": "many"}), &out); code != 1 {
		t.Errorf("exit code %d", code)
	}
	var line map[string]string
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"PORT is malformed", "STORE_URL is missing", "FRAUD_URL is missing", "PAYMENTS_URL is missing"} {
		if !strings.Contains(line["error"], name) {
			t.Errorf("the line does not say that %s: %s", name, line["error"])
		}
	}
}

func TestATakenPortStopsTheStart(t *testing.T) {
	env := environment(t)
	taken, err := net.Listen("tcp", ":"+env["PORT"])
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var out bytes.Buffer
	if code := run(context.Background(), lookup(env), &out); code != 1 || !strings.Contains(out.String(), "server.failed") {
		t.Errorf("exit code %d: %s", code, &out)
	}
}

// TestStartsWithoutDependencies starts the process alone in the world: it is
// live, not ready, fails as declared, and stops cleanly.
func TestStartsWithoutDependencies(t *testing.T) {
	env := environment(t)
	ctx, stop := context.WithCancel(context.Background())
	exit := make(chan int, 1)
	go func() { exit <- run(ctx, lookup(env), io.Discard) }()
	base := "http://127.0.0.1:" + env["PORT"]
	await(t, base+"/livez")
	for path, want := range map[string]int{"/livez": 200, "/readyz": 503, "/customers/c-1/latest-order": 503, "/metrics": 200} {
		if got := status(t, http.MethodGet, base+path, ""); got != want {
			t.Errorf("GET %s answered %d, want %d", path, got, want)
		}
	}
	if got := status(t, http.MethodPost, base+"/orders", `{"customer":"c","item":"tea","quantity":1}`); got != 503 {
		t.Errorf("POST /orders answered %d, want 503", got)
	}
	stop()
	if code := <-exit; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestBudgetOfFraud compares the time that a silent dependency takes with what
// golive.yaml declares for it.
func TestBudgetOfFraud(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer silent.Close()
	env := environment(t)
	env["FRAUD_URL"] = silent.URL
	ctx, stop := context.WithCancel(context.Background())
	exit := make(chan int, 1)
	go func() { exit <- run(ctx, lookup(env), io.Discard) }()
	base := "http://127.0.0.1:" + env["PORT"]
	await(t, base+"/livez")
	began := time.Now()
	got := status(t, http.MethodPost, base+"/orders", `{"customer":"c","item":"tea","quantity":1}`)
	if took := time.Since(began); got != 503 || took < time.Second || took > 10*time.Second {
		t.Errorf("two silent attempts of 500ms: %d after %s", got, took)
	}
	stop()
	<-exit
}

func await(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		resp, err := http.Get(url)
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("never answered: %w", err))
		}
	}
}

func status(t *testing.T, method, url, body string) int {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
