package peer

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// Part is a part of the full duty.
type Part string

// The parts of the full duty, each of which a test can see held or not.
const (
	Line     Part = "JSON access line"
	TraceID  Part = "caller's trace id in the line"
	Latency  Part = "latency histogram per route"
	Status   Part = "status in the histogram"
	InFlight Part = "requests in flight"
	Span     Part = "server span under the caller's"
	Recovery Part = "500 after a panic"
)

// FullDuty lists every part in the order in which they are told.
func FullDuty() []Part {
	return []Part{Line, TraceID, Latency, Status, InFlight, Span, Recovery}
}

// Means are what a service is given to do its duty with.
type Means struct {
	Out    io.Writer            // takes the access lines
	Traces trace.TracerProvider // follows the caller's sampled flag
}

// Service is a peer ready to answer.
type Service struct {
	http.Handler
	Metrics prometheus.Gatherer // what a scrape would show
}

// Peer is one way of building the service.
type Peer struct {
	Name   string // as the table shows it
	Module string // module path whose version stands beside the name; empty: the standard library
	Lacks  []Part // what its documented middleware cannot do
	Note   string // what else a reader of its numbers should know
	Build  func(Means) (Service, error)
}

// All returns every peer, the bare one first and kit last.
func All() []Peer {
	return []Peer{bare, usual, echoPeer, ginPeer, chiPeer, goZero, kratosPeer, kit}
}

const contentType = "application/json"

// body is the answer about a user.
func body(id string) []byte { return []byte(`{"id":"` + id + `","name":"Ada Lovelace"}`) }

// fail is the handler behind /panic.
func fail() { panic("out of cheese") }

// logger writes JSON lines as the documentation of log/slog shows.
func logger(out io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(out, nil)) }

// buckets are those of client_golang, in seconds, in every peer that lets
// itself be told.
var buckets = prometheus.DefBuckets

// inFlight is the gauge that peers add whose own middleware has none.
func inFlight(r prometheus.Registerer) (prometheus.Gauge, error) {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "Requests being answered now."})
	return g, r.Register(g)
}

// counted keeps the gauge around a handler.
func counted(g prometheus.Gauge, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.Inc()
		defer g.Dec()
		next.ServeHTTP(w, r)
	})
}

// traceIDs returns the ids of the span in a context as attributes of a line.
func traceIDs(sc trace.SpanContext) []slog.Attr {
	return []slog.Attr{
		slog.String("trace_id", sc.TraceID().String()),
		slog.String("span_id", sc.SpanID().String()),
	}
}
