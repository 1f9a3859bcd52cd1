package peer

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/go-kratos/kratos/v2/log"
	"github.com/go-kratos/kratos/v2/middleware/logging"
	"github.com/go-kratos/kratos/v2/middleware/metrics"
	"github.com/go-kratos/kratos/v2/middleware/recovery"
	"github.com/go-kratos/kratos/v2/middleware/tracing"
	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"github.com/prometheus/client_golang/prometheus"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// kratosPeer follows https://go-kratos.dev/docs: its middleware for tracing,
// logging, metrics (OpenTelemetry's, shown through the Prometheus exporter)
// and recovery, with handlers in the form that its generator writes.
var kratosPeer = Peer{
	Name:   "kratos",
	Module: "github.com/go-kratos/kratos/v2",
	Lacks:  []Part{Status},
	Note:   "status only in a counter; gauge in flight added by hand; also a time limit by default",
	Build: func(m Means) (Service, error) {
		registry := prometheus.NewRegistry()
		gauge, err := inFlight(registry)
		if err != nil {
			return Service{}, err
		}
		signals, err := kratosSignals(registry)
		if err != nil {
			return Service{}, fmt.Errorf("build kratos' metrics: %w", err)
		}
		lines := log.With(kratosLog{logger(m.Out)}, "trace_id", tracing.TraceID(), "span_id", tracing.SpanID())
		server := khttp.NewServer(
			khttp.Filter(func(next http.Handler) http.Handler { return counted(gauge, next) }),
			khttp.Middleware(
				tracing.Server(tracing.WithTracerProvider(m.Traces), tracing.WithPropagator(propagation.TraceContext{})),
				logging.Server(lines),
				metrics.Server(signals...),
				recovery.Recovery(),
			))
		kratosRoutes(server)
		return Service{Handler: server, Metrics: registry}, nil
	},
}

func kratosSignals(r prometheus.Registerer) ([]metrics.Option, error) {
	exporter, err := otelprom.New(otelprom.WithRegisterer(r))
	if err != nil {
		return nil, err
	}
	meter := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(exporter),
		sdkmetric.WithView(metrics.DefaultSecondsHistogramView(metrics.DefaultServerSecondsHistogramName)),
	).Meter("users")
	requests, err := metrics.DefaultRequestsCounter(meter, metrics.DefaultServerRequestsCounterName)
	if err != nil {
		return nil, err
	}
	seconds, err := metrics.DefaultSecondsHistogram(meter, metrics.DefaultServerSecondsHistogramName)
	return []metrics.Option{metrics.WithRequests(requests), metrics.WithSeconds(seconds)}, err
}

// kratosUser is the request in the form of generated code.
type kratosUser struct{ ID string }

func kratosRoutes(server *khttp.Server) {
	routes := server.Route("/")
	routes.GET("/users/{id}", kratosHandler(func(_ context.Context, req any) (any, error) {
		return body(req.(*kratosUser).ID), nil
	}))
	routes.GET("/panic", kratosHandler(func(context.Context, any) (any, error) { fail(); return nil, nil }))
}

func kratosHandler(call func(context.Context, any) (any, error)) khttp.HandlerFunc {
	return func(c khttp.Context) error {
		in := &kratosUser{ID: c.Vars().Get("id")}
		out, err := c.Middleware(call)(c, in)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, contentType, out.([]byte))
	}
}

// kratosLog is kratos' interface of a logger over slog.
type kratosLog struct{ out *slog.Logger }

// Log writes one line.
func (l kratosLog) Log(level log.Level, pairs ...any) error {
	l.out.Log(context.Background(), kratosLevels[level], "request", pairs...)
	return nil
}

var kratosLevels = map[log.Level]slog.Level{
	log.LevelDebug: slog.LevelDebug,
	log.LevelInfo:  slog.LevelInfo,
	log.LevelWarn:  slog.LevelWarn,
	log.LevelError: slog.LevelError,
	log.LevelFatal: slog.LevelError,
}
