package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golive-dev/golive/kit/metrics"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"
)

// edges reach from a cached lookup next door to the default timeout.
var edges = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// operations counts the operations of one pool.
type operations struct {
	name      string
	durations *prometheus.HistogramVec
	slowOnes  *prometheus.CounterVec
	failures  *prometheus.CounterVec
}

func newOperations(r prometheus.Registerer, name string) (*operations, error) {
	m := &operations{
		name: name,
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "db_client_operation_duration_seconds", Help: "How long statements and connects took, until the last row was read.",
			Buckets: edges, NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		}, []string{"dependency", "operation", "outcome"}),
		slowOnes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "db_client_slow_operations_total", Help: "Operations that took long enough to be logged.",
		}, []string{"dependency", "operation"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "db_client_connections_unserved_total", Help: "Requests for a connection of the pool that got none.",
		}, []string{"dependency", "outcome"}),
	}
	if r == nil {
		return m, nil
	}
	if err := errors.Join(shared(r, &m.durations), shared(r, &m.slowOnes), shared(r, &m.failures)); err != nil {
		return nil, fmt.Errorf("pg: registering the metrics of %s: %w", name, err)
	}
	return m, nil
}

// shared registers a collector, or takes the one that another pool registered.
func shared[C prometheus.Collector](r prometheus.Registerer, c *C) error {
	err := r.Register(*c)
	var again prometheus.AlreadyRegisteredError
	if !errors.As(err, &again) {
		return err
	}
	was, ok := again.ExistingCollector.(C)
	if !ok {
		return fmt.Errorf("registered already as %T: %w", again.ExistingCollector, err)
	}
	*c = was
	return nil
}

func (m *operations) observe(op *operation, how metrics.Outcome, took time.Duration) {
	o := m.durations.WithLabelValues(m.name, op.kind, how.String())
	if sc := op.span.SpanContext(); sc.IsSampled() {
		if e, ok := o.(prometheus.ExemplarObserver); ok {
			e.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": sc.TraceID().String()})
			return
		}
	}
	o.Observe(took.Seconds())
}

func (m *operations) slow(op *operation) { m.slowOnes.WithLabelValues(m.name, op.kind).Inc() }

// unserved counts a wait for a connection that ended without one.
func (m *operations) unserved(how metrics.Outcome) {
	m.failures.WithLabelValues(m.name, how.String()).Inc()
}

// outcome tells how an operation ended that ran with ctx.
func outcome(ctx context.Context, err error) metrics.Outcome {
	var answer *pgconn.PgError
	switch {
	case err == nil:
		return metrics.Answered
	case errors.As(err, &answer) && answer.Code == queryCanceled:
		if errors.Is(ctx.Err(), context.Canceled) {
			return metrics.Canceled
		}
		return metrics.TimedOut
	case errors.As(err, &answer):
		return metrics.Failed
	case errors.Is(err, context.Canceled):
		return metrics.Canceled
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return metrics.TimedOut
	case isBroken(err):
		return metrics.Unreachable
	}
	return metrics.Failed
}
