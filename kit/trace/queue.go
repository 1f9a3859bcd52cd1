package trace

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// queue holds the spans that have ended until they are sent. It stands in for
// the SDK's batch processor, which tells nobody how many spans it dropped and
// goes on sending when a shutdown's deadline is over.
type queue struct {
	to    *exporter
	every time.Duration
	batch int
	size  int

	mu      sync.Mutex
	waiting []sdktrace.ReadOnlySpan
	closed  bool

	first   chan struct{}      // a span waits
	full    chan struct{}      // a batch waits
	flushes chan flush         // somebody waits until all is sent
	abandon context.CancelFunc // ends what is being sent
	stopped chan struct{}      // closed when the goroutine has ended

	once sync.Once
	err  error // of the shutdown

	dropped, sent atomic.Uint64
}

// flush asks for all that waits to be sent, before ctx ends.
type flush struct {
	ctx  context.Context
	last bool
	done chan error
}

// newQueue starts a queue with the limits of o, which are checked.
func newQueue(to *exporter, o Options) *queue {
	ctx, abandon := context.WithCancel(context.Background())
	q := &queue{
		to: to, every: o.Every, batch: min(o.Batch, o.Queue), size: o.Queue,
		first: make(chan struct{}, 1), full: make(chan struct{}, 1),
		flushes: make(chan flush), abandon: abandon, stopped: make(chan struct{}),
	}
	go q.run(ctx)
	return q
}

// OnStart implements [sdktrace.SpanProcessor].
func (q *queue) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements [sdktrace.SpanProcessor]. It never waits.
func (q *queue) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= q.size {
		q.dropped.Add(1)
		return
	}
	q.waiting = append(q.waiting, s)
	switch len(q.waiting) {
	case q.batch:
		signal(q.full)
	case 1:
		signal(q.first)
	}
}

// ForceFlush implements [sdktrace.SpanProcessor].
func (q *queue) ForceFlush(ctx context.Context) error {
	return q.ask(flush{ctx: ctx, done: make(chan error, 1)})
}

// Shutdown implements [sdktrace.SpanProcessor]. Only the first call does
// anything.
func (q *queue) Shutdown(ctx context.Context) error {
	q.once.Do(func() { q.err = q.shutdown(ctx) })
	return q.err
}

func (q *queue) shutdown(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	before := q.dropped.Load()
	err := q.ask(flush{ctx: ctx, last: true, done: make(chan error, 1)})
	q.abandon()
	<-q.stopped
	q.to.close()
	q.dropped.Add(uint64(len(q.take(q.size))))
	if lost := q.dropped.Load() - before; err != nil && lost > 0 {
		return fmt.Errorf("trace: %d spans were not sent before the end: %w", lost, err)
	}
	return err
}

func (q *queue) ask(f flush) error {
	select {
	case q.flushes <- f:
	case <-q.stopped:
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
	return <-f.done
}

// run sends until the last flush is answered or ctx ends.
func (q *queue) run(ctx context.Context) {
	defer close(q.stopped)
	for !q.round(ctx) {
	}
}

// round waits for spans and sends them, and reports whether it was the last.
func (q *queue) round(ctx context.Context) (last bool) {
	var f flush
	select {
	case <-q.first:
		f = q.gather(ctx)
	case <-q.full:
	case f = <-q.flushes:
	case <-ctx.Done():
	}
	if f.done == nil {
		_ = q.send(ctx) // told by the log and the count
		return ctx.Err() != nil
	}
	sending, cancel := context.WithCancel(f.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	f.done <- q.send(sending)
	return f.last
}

// gather waits for company to the first span.
func (q *queue) gather(ctx context.Context) (f flush) {
	timer := time.NewTimer(q.every)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-q.full:
	case f = <-q.flushes:
	case <-ctx.Done():
	}
	return f
}

// send sends what waits at its beginning, in batches, and stops at the first
// that fails, since the next would, too. What is left waits for another round.
func (q *queue) send(ctx context.Context) (err error) {
	q.mu.Lock()
	left := len(q.waiting)
	q.mu.Unlock()
	for left > 0 && err == nil && ctx.Err() == nil {
		spans := q.take(min(left, q.batch))
		left -= len(spans)
		var refused int
		refused, err = q.to.export(ctx, spans)
		q.dropped.Add(uint64(refused))
		q.sent.Add(uint64(len(spans) - refused))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch n := len(q.waiting); {
	case n >= q.batch && err == nil:
		signal(q.full)
	case n > 0:
		signal(q.first)
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// take removes the oldest n spans, or as many as there are.
func (q *queue) take(n int) []sdktrace.ReadOnlySpan {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.waiting))
	taken := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return taken
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
