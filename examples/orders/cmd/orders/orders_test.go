package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/kittest"
)

// TestMain lets the test binary be the service, for tests that kill it.
func TestMain(m *testing.M) {
	if os.Getenv("ORDERS_IS_THE_SERVICE") != "" {
		main()
	}
	os.Exit(m.Run())
}

// peers are the services that this one calls, each willing.
type peers struct{ fraud, payments *kittest.Upstream }

func newPeers(t *testing.T) peers {
	p := peers{kittest.NewUpstream(t), kittest.NewUpstream(t)}
	p.fraud.On("GET /ping").Status(204).Optional()
	p.fraud.On("PUT /checks/{id}").Answer(200, `{"accept":true}`).Optional()
	p.payments.On("GET /ping").Status(204).Optional()
	p.payments.On("PUT /charges/{id}").Answer(201, `{"state":"paid"}`).Optional()
	return p
}

// environment is what the process is started with, its files in dir.
func (p peers) environment(dir string, more map[string]string) map[string]string {
	env := map[string]string{
		"PORT": "0", "OPS_PORT": "0", "PROBE_PERIOD": "10ms",
		"FRAUD_URL": p.fraud.URL, "PAYMENTS_URL": p.payments.URL,
		"AUDIT_FILE": filepath.Join(dir, "audit.log"), "SQLITE_FILE": filepath.Join(dir, "orders.db"),
	}
	for name, value := range more {
		env[name] = value
	}
	return env
}

// inPostgres names the database, and the files of its credentials.
func inPostgres(d *kittest.Database) map[string]string {
	user, password := d.Files()
	return map[string]string{"DATABASE_URL": d.Address, "DB_USER_FILE": user, "DB_PASSWORD_FILE": password}
}

// running is the service within this process.
type running struct {
	url, ops string
	logs     *kittest.Logs
	stop     func() int // as SIGTERM does; returns the exit code
}

func run(t *testing.T, env map[string]string) *running {
	t.Helper()
	r := &running{logs: kittest.NewLogs(t)}
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan int, 1)
	o := kit.Options{Name: "orders", Objective: objective, Out: r.logs,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Listening: func(service, ops string) {
			r.url, r.ops = local(service), local(ops)
			close(up)
		},
	}
	go func() { ended <- kit.Run(ctx, o, build) }()
	select {
	case <-up:
	case code := <-ended:
		t.Fatalf("it ended with %d: %v", code, r.logs.Lines())
	}
	r.stop = func() int {
		cancel()
		code := <-ended
		ended <- code
		return code
	}
	t.Cleanup(func() { r.stop() })
	return r
}

func local(address string) string {
	return "http://127.0.0.1" + address[strings.LastIndexByte(address, ':'):]
}

// await asks until the status is the one that is wanted.
func await(t *testing.T, url string, want int) {
	t.Helper()
	got := 0
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if resp, err := http.Get(url); err == nil {
			_ = resp.Body.Close()
			if got = resp.StatusCode; got == want {
				return
			}
		}
	}
	t.Fatalf("GET %s never answered %d, last %d", url, want, got)
}

// send returns the answer to one request, "" and 0 where there was none.
func send(t *testing.T, method, url, body, key string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := readAll(resp)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, text
}

const tea = `{"customer":"c-1","email":"ada@example.com","name":"Ada","item":"tea","quantity":2}`
