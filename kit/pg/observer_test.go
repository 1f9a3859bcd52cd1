package pg

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golive-dev/golive/kit/kittest"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// canary stands for what users told us.
const canary = "ann-4711@example.com"

func attributes(s sdktrace.ReadOnlySpan) map[string]any {
	all := map[string]any{}
	for _, a := range s.Attributes() {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

func TestSpansOfStatements(t *testing.T) {
	d := newDatabase(t)
	provider, spans := kittest.Spans(t)
	c := d.config()
	c.Tracer = provider
	pool := open(t, c)
	ctx, root := provider.Tracer("test").Start(within(t), "PUT /orders")
	var text string
	if err := pool.QueryRow(ctx, "SELECT $1::text || '"+canary+"' -- "+canary, canary).Scan(&text); err != nil {
		t.Fatal(err)
	}
	pool.Exec(ctx, "SELECT $1::text::uuid", canary)
	root.End()

	s := spans.Find("SELECT " + d.Name)
	if s.SpanKind() != trace.SpanKindClient || s.Parent().SpanID() != root.SpanContext().SpanID() {
		t.Errorf("kind %v, parent %v", s.SpanKind(), s.Parent())
	}
	got := attributes(s)
	for key, want := range map[string]any{
		"db.system.name": "postgresql", "db.namespace": d.Name, "db.operation.name": "SELECT",
		"db.query.text": "select $1::text || ?", "server.address": "127.0.0.1", "server.port": int64(d.Port),
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	var failed sdktrace.ReadOnlySpan
	for _, s := range spans.All() {
		if s.Status().Code == codes.Error {
			failed = s
		}
		if all := s.Name() + s.Status().Description + strings.TrimSpace(spanText(s)); strings.Contains(all, canary) {
			t.Errorf("a value of a user: %s", all)
		}
	}
	if failed == nil || attributes(failed)["db.response.status_code"] != "22P02" || attributes(failed)["error.type"] != "22P02" {
		t.Errorf("the failed statement: %v", failed)
	}
	connect := attributes(spans.Find("CONNECT " + d.Name))
	if connect["db.operation.name"] != "CONNECT" || connect["db.query.text"] != nil {
		t.Errorf("the connect: %v", connect)
	}
}

func spanText(s sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	for _, a := range s.Attributes() {
		b.WriteString(string(a.Key) + "=" + a.Value.Emit() + " ")
	}
	for _, e := range s.Events() {
		b.WriteString(e.Name)
	}
	return b.String()
}

func TestSpansOfBatchesAndCopies(t *testing.T) {
	d := withOrders(t)
	provider, spans := kittest.Spans(t)
	c := d.config()
	c.Tracer = provider
	pool := open(t, c)
	b := &pgx.Batch{}
	for range 5 {
		b.Queue("INSERT INTO orders (item) VALUES ($1)", canary)
	}
	if err := pool.SendBatch(within(t), b).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.CopyFrom(within(t), pgx.Identifier{"orders"}, []string{"item"}, pgx.CopyFromRows([][]any{{canary}})); err != nil {
		t.Fatal(err)
	}
	insert := "insert into orders (item) values ($1)"
	if text := attributes(spans.Find("BATCH " + d.Name))["db.query.text"]; text != insert+"; "+insert+"; "+insert+"; … 2 more" {
		t.Errorf("the batch: %v", text)
	}
	if text := attributes(spans.Find("COPY " + d.Name))["db.query.text"]; text != `copy "orders" from stdin` {
		t.Errorf("the copy: %v", text)
	}
}

func TestSlowStatementsAreLoggedAndCounted(t *testing.T) {
	d := withOrders(t)
	logs, registry := kittest.NewLogs(t), prometheus.NewRegistry()
	c := d.config()
	c.Name, c.Log, c.Registerer, c.SlowQuery = "orders-db", logs.Logger, registry, 100*time.Millisecond
	pool := open(t, c)
	logs.Never(canary)
	logs.Never(d.Password)
	measured := kittest.Metrics(t, registry)
	d.Exec("INSERT INTO orders (item) VALUES ('" + canary + "')")
	if _, err := pool.Exec(within(t), "UPDATE orders SET item = pg_sleep(0.2)::text || '"+canary+"' WHERE item = $1", canary); err != nil {
		t.Fatal(err)
	}
	pool.Exec(within(t), "SELECT pg_sleep(0.2), item::int FROM orders WHERE item = $1", canary)
	line := logs.MustHave("query.slow", "dependency", "orders-db", "operation", "SELECT", "sqlstate", "22P02", "outcome", "failed")
	if !strings.Contains(line.Text, `"query":"select pg_sleep(?), item::int from orders where item = $1"`) {
		t.Errorf("the line: %s", line.Text)
	}
	if n := measured.Value("db_client_slow_operations_total", "dependency", "orders-db", "operation", "SELECT"); n != 1 {
		t.Errorf("%v slow SELECTs, want 1", n)
	}
	if n := measured.Value("db_client_operation_duration_seconds_count", "dependency", "orders-db", "operation", "SELECT", "outcome", "failed"); n != 1 {
		t.Errorf("%v failed SELECTs, want 1", n)
	}
	if n := measured.Value("db_client_operation_duration_seconds_count", "operation", "UPDATE", "outcome", "answered"); n != 1 {
		t.Errorf("%v UPDATEs, want 1", n)
	}
}

func TestQuickStatementsAreNotLogged(t *testing.T) {
	logs := kittest.NewLogs(t)
	c := newDatabase(t).config()
	c.Log, c.SlowQuery = logs.Logger, -1
	pool := open(t, c)
	if _, err := pool.Exec(within(t), "SELECT pg_sleep(0.3)"); err != nil {
		t.Fatal(err)
	}
	if n := len(logs.Find("query.slow")); n != 0 {
		t.Errorf("%d lines although never slow", n)
	}
}

func TestTimeoutsAreCountedAsSuch(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := newDatabase(t).config()
	c.Registerer, c.Timeout, c.MaxConns = registry, 200*time.Millisecond, 1
	pool := open(t, c)
	pool.Exec(t.Context(), "SELECT pg_sleep(600)")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	pool.Exec(ctx, "SELECT pg_sleep(600)")
	held, err := pool.Acquire(within(t))
	if err != nil {
		t.Fatal(err)
	}
	pool.Ping(t.Context())
	held.Release()
	measured := kittest.Metrics(t, registry)
	for _, how := range []string{"timeout", "canceled"} {
		if n := measured.Value("db_client_operation_duration_seconds_count", "operation", "SELECT", "outcome", how); n != 1 {
			t.Errorf("%v %s, want 1", n, how)
		}
	}
	if n := measured.Value("db_client_connections_unserved_total", "outcome", "timeout"); n != 1 {
		t.Errorf("%v waits without a connection, want 1", n)
	}
}

func TestPoolMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := newDatabase(t).config()
	c.Name, c.Registerer, c.MaxConns = "orders-db", registry, 2
	pool := open(t, c)
	first, err1 := pool.Acquire(within(t))
	second, err2 := pool.Acquire(within(t))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	measured := kittest.Metrics(t, registry)
	value := func(name string) float64 { return measured.Value(name, "pool", "orders-db") }
	if inUse, max := value("pool_connections_in_use"), value("pool_connections_max"); inUse != 2 || max != 2 {
		t.Errorf("%v of %v in use, want 2 of 2", inUse, max)
	}
	before := value("pool_waits_total")
	done := make(chan error)
	go func() { done <- pool.Ping(within(t)) }()
	time.Sleep(20 * time.Millisecond)
	first.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	second.Release()
	if n := value("pool_waits_total") - before; n != 1 {
		t.Errorf("%v waits, want 1", n)
	}
	if n := value("pool_connections_in_use"); n != 0 {
		t.Errorf("%v in use, want none", n)
	}
	if value("pool_wait_seconds_total") <= 0 {
		t.Error("the wait took no time")
	}
}

func TestTwoPoolsShareARegistry(t *testing.T) {
	d, registry := newDatabase(t), prometheus.NewRegistry()
	c := d.config()
	c.Registerer = registry
	open(t, c)
	if _, err := Open(t.Context(), c); err == nil {
		t.Error("two pools of one name: no error")
	}
	c.Name = "reports"
	if err := Ping(open(t, c))(within(t)); err != nil {
		t.Error(err)
	}
}
