package peer

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/httplog/v3"
	"github.com/go-chi/metrics"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riandyrn/otelchi"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// chiPeer follows https://go-chi.io: its own httplog, which recovers panics,
// too, its own metrics, and otelchi.
var chiPeer = Peer{
	Name:   "chi",
	Module: "github.com/go-chi/chi/v5",
	Build: func(m Means) (Service, error) {
		r := chi.NewRouter()
		r.Use(
			otelchi.Middleware("users", otelchi.WithChiRoutes(r),
				otelchi.WithTracerProvider(m.Traces), otelchi.WithPropagators(propagation.TraceContext{})),
			metrics.Collector(metrics.CollectorOpts{}),
			httplog.RequestLogger(chiLogger(m), &httplog.Options{
				Level:         slog.LevelInfo,
				Schema:        httplog.SchemaOTEL.Concise(true),
				RecoverPanics: true,
			}),
			chiTraceIDs,
		)
		r.Get("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(body(chi.URLParam(r, "id"))) // a caller that left is no concern here
		})
		r.Get("/panic", func(http.ResponseWriter, *http.Request) { fail() })
		return Service{Handler: r, Metrics: prometheus.DefaultGatherer}, nil
	},
}

func chiLogger(m Means) *slog.Logger {
	return slog.New(slog.NewJSONHandler(m.Out, &slog.HandlerOptions{
		ReplaceAttr: httplog.SchemaOTEL.Concise(true).ReplaceAttr,
	}))
}

// chiTraceIDs adds the ids to the access line the way httplog documents.
func chiTraceIDs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httplog.SetAttrs(r.Context(), traceIDs(trace.SpanContextFromContext(r.Context()))...)
		next.ServeHTTP(w, r)
	})
}
