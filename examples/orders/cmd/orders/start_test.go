package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/golive-dev/golive/kit"
	"github.com/golive-dev/golive/kit/kittest"
)

func readAll(resp *http.Response) (string, error) {
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

func TestWrongConfigurationStopsTheStartWithOneLine(t *testing.T) {
	var out bytes.Buffer
	env := map[string]string{"PORT": "many", "DATABASE_URL": "postgres://orders:hunter2@db/orders"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	if code := kit.Run(context.Background(), kit.Options{Name: "orders", Out: &out, Lookup: lookup}, build); code != 1 {
		t.Errorf("exit code %d", code)
	}
	var line map[string]string
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"PORT is malformed", "DATABASE_URL holds a password", "FRAUD_URL is missing", "PAYMENTS_URL is missing", "AUDIT_FILE is missing"} {
		if !strings.Contains(line["error"], name) {
			t.Errorf("the line does not say that %s: %s", name, line["error"])
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("it holds a password: %s", &out)
	}
}

func TestOneOfTheDatabasesIsNeeded(t *testing.T) {
	if err := new(config).Validate(); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") || !strings.Contains(err.Error(), "SQLITE_FILE") {
		t.Errorf("got %v", err)
	}
}

// A secret that is named and not there is a mistake in the deployment.
func TestAMissingSecretStopsTheStart(t *testing.T) {
	logs := kittest.NewLogs(t)
	env := newPeers(t).environment(t.TempDir(), map[string]string{"DATABASE_URL": "postgres://orders@127.0.0.1:1/orders", "DB_PASSWORD_FILE": "/nowhere/password"})
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	if code := kit.Run(context.Background(), kit.Options{Name: "orders", Out: logs, Lookup: lookup}, build); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if text := logs.MustHave("service.failed").Text; !strings.Contains(text, "/nowhere/password") {
		t.Errorf("the line does not name the file: %s", text)
	}
}

// Alone in the world the service is live and not ready, fails as declared,
// and stops cleanly; readiness follows what is critical, and no more.
func TestTheServiceStartsWithoutItsDependencies(t *testing.T) {
	p := newPeers(t)
	p.fraud.Down()
	p.payments.Down()
	r := run(t, p.environment(t.TempDir(), nil))
	await(t, r.ops+"/livez", 200)
	await(t, r.ops+"/readyz", 503)
	await(t, r.url+"/customers/c-1/latest-order", 200)
	if got, text := send(t, "POST", r.url+"/orders", tea, ""); got != 503 {
		t.Errorf("POST /orders without fraud answered %d %s", got, text)
	}
	p.fraud.Up()
	await(t, r.ops+"/readyz", 200)
	if got, text := send(t, "POST", r.url+"/orders", tea, ""); got != 201 || !strings.Contains(text, `"payment":"pending"`) {
		t.Errorf("POST /orders without payments answered %d %s", got, text)
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	r.logs.MustHave("audit.closed")
}

func TestWithoutItsDatabaseTheServiceWaits(t *testing.T) {
	env := newPeers(t).environment(t.TempDir(), map[string]string{"DATABASE_URL": "postgres://orders@127.0.0.1:1/orders"})
	r := run(t, env)
	await(t, r.ops+"/livez", 200)
	await(t, r.ops+"/readyz", 503)
	if got, _ := send(t, "POST", r.url+"/orders", tea, ""); got != 503 {
		t.Errorf("POST /orders answered %d", got)
	}
	r.logs.Await("start.step_failed", "step", "migrations")
}

func TestChargingIsSwitchedOffOnTheOpsPort(t *testing.T) {
	p := newPeers(t)
	r := run(t, p.environment(t.TempDir(), nil))
	await(t, r.ops+"/readyz", 200)
	if got, text := send(t, "PUT", r.ops+"/switches/charging", "false", ""); got != 200 {
		t.Fatalf("the switch answered %d %s", got, text)
	}
	if got, text := send(t, "POST", r.url+"/orders", tea, ""); got != 201 || !strings.Contains(text, `"payment":"pending"`) {
		t.Errorf("answered %d %s", got, text)
	}
	if n := len(p.payments.Calls("PUT /charges/{id}")); n > 0 {
		t.Errorf("%d charges were made", n)
	}
	metrics := kittest.Metrics(t, kittest.Scrape(r.ops+"/metrics"))
	if got := metrics.Value("orders_placed_total", "payment", "pending"); got != 1 {
		t.Errorf("%v orders are counted as pending", got)
	}
	if len(metrics.Series("pool_connections_max", "pool", "db")) != 1 {
		t.Error("the pool has no metrics")
	}
}

// databases are the environments of both stores.
func databases(t *testing.T, test func(t *testing.T, dir string, env map[string]string, dump func() string)) {
	t.Run("postgres", func(t *testing.T) {
		d, dir := kittest.Postgres(t), t.TempDir()
		env := newPeers(t).environment(dir, inPostgres(d))
		test(t, dir, env, func() string { return strings.Join(d.Query("SELECT database_to_xml(true, false, '')"), "\n") })
	})
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		test(t, dir, maps.Clone(newPeers(t).environment(dir, nil)), func() string { return contents(t, dir, "orders.db*") })
	})
}
