// Package otlp receives what a service exports over OTLP/HTTP: spans, metrics
// and log records, as protobuf and as JSON.
package otlp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/golive-dev/golive/evidence"
)

// What is kept of one service. More is counted by Dropped.
const (
	maxSpans  = 50_000
	maxLogs   = 20_000
	maxSeries = 50_000
)

// Receiver is an OTLP/HTTP endpoint on loopback that keeps what it is sent.
// It is safe for concurrent use.
type Receiver struct {
	listener net.Listener
	server   *http.Server

	mu      sync.Mutex
	spans   []Span
	logs    []Line
	points  points
	pushes  int
	pushed  chan struct{} // closed and renewed with each push of metrics
	dropped int
}

// Span is a span and when it began, by the service's own clock.
type Span struct {
	evidence.Span
	At time.Time
}

// Event returns s as the arguments of [evidence.TrialRecorder.Add].
func (s Span) Event() (time.Time, evidence.Event) {
	span := s.Span
	return s.At, evidence.Event{Span: &span}
}

// Line is a log record, written as one JSON object with the field names of
// OTLP; its Stream is "otlp".
type Line struct {
	evidence.Line
	At time.Time // its arrival
}

// Event returns l as the arguments of [evidence.TrialRecorder.Add].
func (l Line) Event() (time.Time, evidence.Event) {
	line := l.Line
	return l.At, evidence.Event{Line: &line}
}

// New starts a receiver on a free port of 127.0.0.1.
func New() (*Receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the OTLP receiver: %w", err)
	}
	r := &Receiver{listener: l, points: points{}, pushed: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", receive(r.traces))
	mux.HandleFunc("POST /v1/metrics", receive(r.metrics))
	mux.HandleFunc("POST /v1/logs", receive(r.records))
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	go r.server.Serve(l)
	return r, nil
}

// URL is the endpoint as OTEL_EXPORTER_OTLP_ENDPOINT names it, without a path.
func (r *Receiver) URL() string { return "http://" + r.listener.Addr().String() }

// Close ends the receiver and its connections. What was received stays.
func (r *Receiver) Close() { r.server.Close() }

// Spans returns the spans received so far, in the order of their arrival.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Span(nil), r.spans...)
}

// Logs returns the log records received so far, in the order of their arrival.
func (r *Receiver) Logs() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Line(nil), r.logs...)
}

// Scrape returns the present state of all metrics that were pushed, as a
// scrape of them would show it, and whether there are any.
func (r *Receiver) Scrape() (s evidence.Scrape, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return evidence.Scrape{Status: http.StatusOK, Via: "otlp", Families: r.points.families()}, r.pushes > 0
}

// Pushes is the number of times that metrics were pushed.
func (r *Receiver) Pushes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pushes
}

// AwaitPush waits until metrics were pushed more than n times; its error is
// ctx's. To see all that a service has counted by now, wait for Pushes()+1: the
// next push may have been collected before.
func (r *Receiver) AwaitPush(ctx context.Context, n int) error {
	for {
		r.mu.Lock()
		enough, pushed := r.pushes > n, r.pushed
		r.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-pushed:
		}
	}
}

// Dropped is the number of spans, log records and series that were more than
// is kept.
func (r *Receiver) Dropped() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// The data messages below have the same fields as the requests of OTLP's
// collector services, whose own package would bring gRPC along.

func (r *Receiver) traces(body []byte, u unmarshal) error {
	var data trace.TracesData
	if err := u(body, &data); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range spans(&data) {
		if len(r.spans) >= maxSpans {
			r.dropped++
			continue
		}
		r.spans = append(r.spans, s)
	}
	return nil
}

func (r *Receiver) metrics(body []byte, u unmarshal) error {
	var data metrics.MetricsData
	if err := u(body, &data); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped += r.points.add(&data)
	r.pushes++
	close(r.pushed)
	r.pushed = make(chan struct{})
	return nil
}

func (r *Receiver) records(body []byte, u unmarshal) error {
	var data logs.LogsData
	if err := u(body, &data); err != nil {
		return err
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range records(&data) {
		if len(r.logs) >= maxLogs {
			r.dropped++
			continue
		}
		r.logs = append(r.logs, Line{evidence.Line{Stream: "otlp", Text: text}, now})
	}
	return nil
}
