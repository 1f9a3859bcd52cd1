package peer

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// usual is what most services over net/http are composed of: otelhttp around
// the multiplexer, promhttp around each route, a line of slog and a recover.
var usual = Peer{
	Name:   "net/http + otelhttp + promhttp + slog",
	Module: "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
	Build: func(m Means) (Service, error) {
		registry := prometheus.NewRegistry()
		signals, err := newPromhttp(registry)
		if err != nil {
			return Service{}, err
		}
		mux := http.NewServeMux()
		mux.Handle("GET /users/{id}", signals.around("/users/{id}", user))
		mux.Handle("GET /panic", signals.around("/panic", func(http.ResponseWriter, *http.Request) { fail() }))
		logged := accessLine(logger(m.Out), mux)
		return Service{Metrics: registry, Handler: otelhttp.NewHandler(logged, "server",
			otelhttp.WithTracerProvider(m.Traces),
			otelhttp.WithPropagators(propagation.TraceContext{}),
		)}, nil
	},
}

// promhttpSignals are the golden signals as promhttp's documentation keeps them.
type promhttpSignals struct {
	inFlight prometheus.Gauge
	latency  *prometheus.HistogramVec
}

func newPromhttp(r prometheus.Registerer) (promhttpSignals, error) {
	gauge, err := inFlight(r)
	if err != nil {
		return promhttpSignals{}, err
	}
	latency := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Latency.", Buckets: buckets,
	}, []string{"route", "method", "code"})
	return promhttpSignals{gauge, latency}, r.Register(latency)
}

func (s promhttpSignals) around(route string, h http.HandlerFunc) http.Handler {
	latency := s.latency.MustCurryWith(prometheus.Labels{"route": route})
	return promhttp.InstrumentHandlerInFlight(s.inFlight,
		promhttp.InstrumentHandlerDuration(latency, recovered(h)))
}

// recovered turns a panic into a 500, innermost so that the metrics see it.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// accessLine logs each request once it is answered.
func accessLine(l *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		logLine(r.Context(), l, r.Method, r.Pattern, seen.status, seen.bytes, time.Since(start))
	})
}

// logLine is the access line of the peers that write their own.
func logLine(ctx context.Context, l *slog.Logger, method, route string, status, bytes int, took time.Duration) {
	l.LogAttrs(ctx, slog.LevelInfo, "request", append(traceIDs(trace.SpanContextFromContext(ctx)),
		slog.String("method", method),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int("bytes_out", bytes),
		slog.Float64("duration_ms", float64(took)/float64(time.Millisecond)),
	)...)
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes of the body.
func (w *statusWriter) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
