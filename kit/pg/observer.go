package pg

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/golive-dev/golive/kit/pg/internal/lex"
	"github.com/golive-dev/golive/kit/redact"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// observer bounds and watches all that a pool does, as pgx's tracer: the
// context that a tracer returns is the one that the operation runs with.
type observer struct {
	name, host, database string
	port                 uint16
	timeout, slow        time.Duration
	conns                int32 // that the pool may have
	log                  *slog.Logger
	tracer               trace.Tracer
	attributes           []attribute.KeyValue // those that all spans share
	metrics              *operations
	credentials          *credentials
}

var _ interface {
	pgx.QueryTracer
	pgx.BatchTracer
	pgx.CopyFromTracer
	pgx.PrepareTracer
	pgx.ConnectTracer
	pgxpool.AcquireTracer
} = (*observer)(nil)

func newObserver(c Config, conn *pgx.ConnConfig) (*observer, error) {
	counted, err := newOperations(c.Registerer, c.Name)
	if err != nil {
		return nil, err
	}
	return &observer{
		name: c.Name, host: conn.Host, port: conn.Port, database: conn.Database,
		timeout: c.Timeout, slow: c.SlowQuery, log: c.Log, metrics: counted,
		tracer: c.Tracer.Tracer("github.com/golive-dev/golive/kit/pg"),
		attributes: []attribute.KeyValue{
			attribute.String("db.system.name", "postgresql"), attribute.String("db.namespace", conn.Database),
			attribute.String("server.address", conn.Host), attribute.Int("server.port", int(conn.Port)),
		},
		credentials: &credentials{
			user: c.User, password: c.Password, name: c.Name, log: c.Log,
			fallback: login{conn.User, redact.NewSecret(conn.Password)}, reading: make(chan struct{}, 1),
		},
	}, nil
}

// observerOf returns the observer of a pool that [Open] made, and for any other
// pool one with the defaults.
func observerOf(pool *pgxpool.Pool) *observer {
	conn := pool.Config().ConnConfig
	if o, ok := conn.Tracer.(*observer); ok {
		return o
	}
	c := Config{Name: "postgres", Timeout: defaultTimeout, SlowQuery: defaultSlowQuery, Log: slog.Default(), Tracer: otel.GetTracerProvider()}
	o, _ := newObserver(c, conn) // which fails only where metrics are registered
	return o
}

// grace is how long the client waits beyond the server's statement_timeout for
// the server to say so.
func (o *observer) grace() time.Duration { return min(o.timeout/10, 100*time.Millisecond) }

// TraceQueryStart implements [pgx.QueryTracer].
func (o *observer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return o.begin(o.bounded(ctx), lex.Operation(data.SQL), func() string { return lex.Text(data.SQL) })
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (o *observer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	o.end(ctx, data.CommandTag, data.Err)
}

// TraceBatchStart implements [pgx.BatchTracer].
func (o *observer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return o.begin(o.bounded(ctx), "BATCH", func() string { return batchText(data.Batch) })
}

// batchText shows the first statements of a batch: they are mostly alike.
func batchText(b *pgx.Batch) string {
	const shown = 3
	var texts []string
	for i, q := range b.QueuedQueries {
		if i == shown {
			texts = append(texts, fmt.Sprintf("… %d more", len(b.QueuedQueries)-shown))
			break
		}
		texts = append(texts, lex.Text(q.SQL))
	}
	return strings.Join(texts, "; ")
}

// TraceBatchQuery implements [pgx.BatchTracer]; the batch is watched as a whole.
func (o *observer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements [pgx.BatchTracer].
func (o *observer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	o.end(ctx, pgconn.CommandTag{}, data.Err)
}

// TraceCopyFromStart implements [pgx.CopyFromTracer].
func (o *observer) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	return o.begin(o.bounded(ctx), "COPY", func() string { return "copy " + data.TableName.Sanitize() + " from stdin" })
}

// TraceCopyFromEnd implements [pgx.CopyFromTracer].
func (o *observer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromEndData) {
	o.end(ctx, data.CommandTag, data.Err)
}

// TracePrepareStart implements [pgx.PrepareTracer]. Most statements are
// prepared within their first query, whose span and time this is part of.
func (o *observer) TracePrepareStart(ctx context.Context, _ *pgx.Conn, _ pgx.TracePrepareStartData) context.Context {
	return o.bounded(ctx)
}

// TracePrepareEnd implements [pgx.PrepareTracer].
func (o *observer) TracePrepareEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TracePrepareEndData) {
	unbound(ctx)
}

// TraceAcquireStart implements [pgxpool.AcquireTracer].
func (o *observer) TraceAcquireStart(ctx context.Context, pool *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return &wait{Context: o.bounded(ctx), began: time.Now(), limit: o.conns, over: sync.OnceValue(func() *Error { return o.waited(pool) })}
}

// TraceAcquireEnd implements [pgxpool.AcquireTracer].
func (o *observer) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	if data.Err != nil && ctx.Value(filling{}) == nil {
		how := outcome(ctx, data.Err)
		o.metrics.unserved(how)
		if w, ok := ctx.(*wait); ok && how != metrics.Canceled && !repeating(ctx) {
			o.logFailed(ctx, o.describe(data.Err), how, time.Since(w.began))
		}
	}
	unbound(ctx)
}

// TraceConnectStart implements [pgx.ConnectTracer]. Pgx bounds the connecting
// itself, by its ConnectTimeout.
func (o *observer) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	ctx = context.WithValue(ctx, dialling{}, login{data.ConnConfig.User, redact.NewSecret(data.ConnConfig.Password)})
	return o.begin(unrelated(ctx), "CONNECT", func() string { return "" })
}

// TraceConnectEnd implements [pgx.ConnectTracer].
func (o *observer) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	err := data.Err
	if s := standInOf(data.Conn); s != nil {
		err = s.refusal
	}
	if used, ok := ctx.Value(dialling{}).(login); ok && err != nil {
		o.credentials.refuse(ctx, used, err)
	} else if ok {
		o.credentials.accept(used)
	}
	o.end(ctx, pgconn.CommandTag{}, err)
}

// connections watches how connections are made and no more: migrations take
// their time.
type connections struct{ *observer }

// TraceQueryStart implements [pgx.QueryTracer].
func (connections) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (connections) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TracePrepareStart implements [pgx.PrepareTracer].
func (connections) TracePrepareStart(ctx context.Context, _ *pgx.Conn, _ pgx.TracePrepareStartData) context.Context {
	return ctx
}

// TracePrepareEnd implements [pgx.PrepareTracer].
func (connections) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}
