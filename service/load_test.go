package service

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const whole = `# everything that can be declared
service: orders
tier: 1
owner:
  team: commerce
  contacts: [{name: Ann, email: ann@example.com, phone: "+49 30 1234"}, Bob]
  alternates: [Cleo]
  experts: [{email: dan@example.com}]
  oncall: https://example.com/rota
run:
  build: go build -o bin/orders ./cmd/orders
  command: [bin/orders, --workers, 4]
  env:
    PORT: ${port}
    DATA: "${dir}/data"
    DATABASE_URL: "${db.url}"
    PAYMENTS: "${payments.host}:${payments.port}"
    TRACES: ${otlp.url}
    WORKERS: 4
    VERBOSE: true
  dir: .
  start: 10s
  grace: 20s
endpoints: {url: "http://127.0.0.1:${port}", live: /livez, ready: /readyz, metrics: /metrics, period: 5s}
config:
  DATABASE_URL: {kind: url}
  WORKERS: {kind: int, required: false}
dependencies:
  payments:
    kind: http
    timeout: 800ms
    attempts: 3
    without: {do: degraded, flag: X-Degraded}
    recovery: 1m
    stub:
      status: 202
      headers: {X-Stub: yes}
      json: {ok: true, big: 12345678901234567890, price: 1.10, none: null, hex: 0x10, list: [1, .5]}
      latency: 5ms
      routes:
        - {request: GET /accounts/, status: 404, body: none}
  db: {kind: postgres, critical: true, timeout: 500ms, storm: 1.1, without: fail}
  fraud: {kind: grpc, without: {do: fail, status: 503}, run: {command: [bin/fraud], env: {PORT: "${port}", PAY: "${payments.url}"}}}
  queue: {kind: amqp, url: "amqp://127.0.0.1:5672"}
traffic:
  - name: place order
    request: POST /orders?n=${seq}
    headers: {Idempotency-Key: "${uuid}"}
    json: {item: book, id: "${uuid}"}
    expect: 201
    uses: [db, payments]
    peak: 200/s
    timeout: 2s
  - {name: note, request: POST /notes, body: "hello ${seq}"}
slo: [{name: orders, objective: 99.5, window: 30d, latency: 500ms, sla: 99, policy: docs/budget.md}]
severities:
  page: {priority: P1, means: customers are hurt, respond: 5m}
  ticket: somebody looks next day
`

func TestParseReadsEverything(t *testing.T) {
	s, err := Parse(FileName, []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	lines := s.Lines
	s.Lines = nil
	no := false
	want := &Service{
		Name: "orders",
		Tier: 1,
		Owner: Owner{
			Team:       "commerce",
			Contacts:   []Contact{{Name: "Ann", Email: "ann@example.com", Phone: "+49 30 1234"}, {Name: "Bob"}},
			Alternates: []Contact{{Name: "Cleo"}},
			Experts:    []Contact{{Email: "dan@example.com"}},
			OnCall:     "https://example.com/rota",
		},
		Run: Run{
			Build:   "go build -o bin/orders ./cmd/orders",
			Command: []string{"bin/orders", "--workers", "4"},
			Env: []Pair{
				{"PORT", "${port}"}, {"DATA", "${dir}/data"}, {"DATABASE_URL", "${db.url}"},
				{"PAYMENTS", "${payments.host}:${payments.port}"}, {"TRACES", "${otlp.url}"}, {"WORKERS", "4"}, {"VERBOSE", "true"},
			},
			Dir:   ".",
			Start: Duration(10 * time.Second),
			Grace: Duration(20 * time.Second),
		},
		Endpoints: Endpoints{URL: "http://127.0.0.1:${port}", Live: "/livez", Ready: "/readyz", Metrics: "/metrics", Period: Duration(5 * time.Second)},
		Config:    []Variable{{Name: "DATABASE_URL", Kind: URLVar}, {Name: "WORKERS", Kind: IntVar, Required: &no}},
		Dependencies: []Dependency{
			{
				Name: "payments", Kind: HTTP, Timeout: Duration(800 * time.Millisecond), Attempts: 3,
				Without: Without{Do: Degraded, Flag: "X-Degraded"}, Recovery: Duration(time.Minute),
				Stub: &Stub{
					Status:  202,
					Headers: []Pair{{"X-Stub", "yes"}},
					JSON: map[string]any{
						"ok": true, "big": json.Number("12345678901234567890"), "price": json.Number("1.10"), "none": nil,
						"hex": json.Number("16"), "list": []any{json.Number("1"), json.Number("0.5")},
					},
					Latency: Duration(5 * time.Millisecond),
					Routes:  []Route{{Request: "GET /accounts/", Stub: Stub{Status: 404, Body: "none"}}},
				},
			},
			{Name: "db", Kind: Postgres, Critical: true, Timeout: Duration(500 * time.Millisecond), Storm: 1.1, Without: Without{Do: Fail}},
			{
				Name: "fraud", Kind: GRPC, Without: Without{Do: Fail, Status: 503},
				Run: &Run{Command: []string{"bin/fraud"}, Env: []Pair{{"PORT", "${port}"}, {"PAY", "${payments.url}"}}},
			},
			{Name: "queue", Kind: AMQP, URL: "amqp://127.0.0.1:5672"},
		},
		Traffic: []Traffic{
			{
				Name: "place order", Request: "POST /orders?n=${seq}", Headers: []Pair{{"Idempotency-Key", "${uuid}"}},
				JSON: map[string]any{"item": "book", "id": "${uuid}"}, Expect: 201, Uses: []string{"db", "payments"},
				Peak: "200/s", Timeout: Duration(2 * time.Second),
			},
			{Name: "note", Request: "POST /notes", Body: "hello ${seq}"},
		},
		SLOs:       []SLO{{Name: "orders", Objective: 99.5, Window: Duration(30 * 24 * time.Hour), Latency: Duration(500 * time.Millisecond), SLA: 99, Policy: "docs/budget.md"}},
		Severities: []SeverityClass{{Name: "page", Priority: "P1", Means: "customers are hurt", Respond: Duration(5 * time.Minute)}, {Name: "ticket", Means: "somebody looks next day"}},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for key, line := range map[string]int{
		"service":                         2,
		"owner.contacts.Ann.email":        6,
		"owner.contacts.1":                6,
		"run.command.2":                   12,
		"run.env.DATA":                    15,
		"dependencies.payments":           29,
		"dependencies.payments.timeout":   31,
		"dependencies.db.timeout":         42,
		"traffic.place order":             46,
		"traffic.place order.uses.1":      51,
		"slo.orders.objective":            55,
		"severities.ticket":               58,
		"dependencies.payments.stub.json": 38,
	} {
		if lines[key] != line {
			t.Errorf("%s is on line %d, not on %d", key, line, lines[key])
		}
	}
}

// A service travels in the stream of evidence.
func TestServiceSurvivesJSON(t *testing.T) {
	s, err := Parse(FileName, []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]*Service{"everything": s, "nothing": {}, "empty stub": {Dependencies: []Dependency{{Stub: &Stub{}, Run: &Run{}}}}} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got *Service
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := json.Unmarshal([]byte(`{"tier": "x"}`), s); err == nil || s.Name != "orders" {
		t.Errorf("a text as tier was read, or the failure left a broken service: %v", err)
	}
}

func TestEmptyListsAreNone(t *testing.T) {
	s, err := Parse(FileName, []byte("service: x\ntraffic: []\ndependencies: {}\nowner: {contacts: []}\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.Lines = nil
	if diff := cmp.Diff(&Service{Name: "x"}, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A name that looks like an index is a name all the same.
func TestItemsMayBeNamedLikeIndexes(t *testing.T) {
	s, err := Parse(FileName, []byte("service: x\ntraffic:\n  - {name: '1', request: GET /}\n  - {name: '0', request: GET /}\n"))
	if err != nil || s.Traffic[0].Name != "1" || s.Traffic[1].Name != "0" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestAliasesAreRead(t *testing.T) {
	s, err := Parse(FileName, []byte("service: x\nowner: {contacts: &us [Ann], experts: *us}\ndependencies: {a: &http {kind: http}, b: *http}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Owner.Experts[0].Name != "Ann" || s.Dependency("b").Kind != HTTP {
		t.Errorf("got %+v", s)
	}
}

func TestPlainValuesStandForMappings(t *testing.T) {
	s, err := Parse(FileName, []byte("service: x\nowner: commerce\nseverities: {page: wake somebody}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Owner.Team != "commerce" || s.Severities[0].Means != "wake somebody" {
		t.Errorf("got %+v", s)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "golive init") {
		t.Errorf("without a file: %v", err)
	}
	path := filepath.Join(dir, FileName)
	write(t, path, []byte("service: x\ntier: 9\n"))
	_, err := Load(dir)
	if e, ok := errors.AsType[Error](err); !ok || e.Line != 2 || e.Key != "tier" {
		t.Errorf("with an error in the file: %v", err)
	}
	write(t, path, []byte("service: x\n"))
	if s, err := Load(dir); err != nil || s.Name != "x" {
		t.Errorf("%v, %v", s, err)
	}
}

// Opening a pipe would wait for somebody to write into it.
func TestLoadTakesOnlyRegularFiles(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a directory": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		dir := t.TempDir()
		if err := make(filepath.Join(dir, FileName)); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLinesForDrillsLoad(t *testing.T) {
	all := LinesForDrills(nil)
	s, err := Parse(FileName, []byte(all))
	if err != nil {
		t.Fatalf("%v\n%s", err, all)
	}
	if more := LinesForDrills(s); more != "" {
		t.Errorf("still missing: %s", more)
	}
	some := LinesForDrills(&Service{Name: "orders", Endpoints: Endpoints{Live: "/livez"}})
	want := `run: {command: [bin/orders], env: {PORT: "${port}"}}` + "\n" + `traffic: [{name: home, request: GET /, expect: 200}]`
	if some != want {
		t.Errorf("got\n%s\nwant\n%s", some, want)
	}
}

func TestDefaults(t *testing.T) {
	if got := (Endpoints{}).BaseURL(); got != "http://127.0.0.1:${port}" {
		t.Error(got)
	}
	if got := (Endpoints{URL: "http://[::1]:80"}).BaseURL(); got != "http://[::1]:80" {
		t.Error(got)
	}
	for peak, want := range map[string]float64{"": 0, "200/s": 200, "0.5/s": 0.5, "5/m": 0, "x/s": 0, "-1/s": 0, "NaN/s": 0, "1e99/s": 0} {
		if got := (Traffic{Peak: peak}).PeakRate(); got != want {
			t.Errorf("%q: %v requests per second, want %v", peak, got, want)
		}
	}
}
