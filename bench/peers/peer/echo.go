package peer

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo-contrib/echoprometheus"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/otel/propagation"
)

// echoPeer follows https://echo.labstack.com/docs/middleware: otelecho,
// echoprometheus, RequestLogger over slog, and Recover.
var echoPeer = Peer{
	Name:   "echo",
	Module: "github.com/labstack/echo/v4",
	Note:   "gauge in flight added by hand",
	Build: func(m Means) (Service, error) {
		registry := prometheus.NewRegistry()
		gauge, err := inFlight(registry)
		if err != nil {
			return Service{}, err
		}
		e := echo.New()
		e.Use(
			otelecho.Middleware("users", otelecho.WithTracerProvider(m.Traces), otelecho.WithPropagators(propagation.TraceContext{})),
			echoRequestLogger(logger(m.Out)),
			echoprometheus.NewMiddlewareWithConfig(echoprometheus.MiddlewareConfig{
				Registerer:                registry,
				DoNotUseRequestPathFor404: true,
				BeforeNext:                func(echo.Context) { gauge.Inc() },
				AfterNext:                 func(echo.Context, error) { gauge.Dec() },
			}),
			middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: func(_ echo.Context, err error, _ []byte) error { return err }}),
		)
		e.GET("/users/:id", func(c echo.Context) error {
			return c.JSONBlob(http.StatusOK, body(c.Param("id")))
		})
		e.GET("/panic", func(echo.Context) error { fail(); return nil })
		return Service{Handler: e, Metrics: registry}, nil
	},
}

func echoRequestLogger(l *slog.Logger) echo.MiddlewareFunc {
	return middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		LogMethod: true, LogRoutePath: true, LogStatus: true, LogLatency: true, LogResponseSize: true,
		LogError:    true,
		HandleError: true, // as the documentation advises: the error handler decides the status first
		LogValuesFunc: func(c echo.Context, v middleware.RequestLoggerValues) error {
			logLine(c.Request().Context(), l, v.Method, v.RoutePath, v.Status, int(v.ResponseSize), v.Latency.Round(time.Microsecond))
			return nil
		},
	})
}
