package peer

import (
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	ginslog "github.com/gin-contrib/slog"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// ginPeer follows https://gin-gonic.com/en/docs: otelgin, gin-contrib's slog
// and gin's Recovery. Gin has no metrics of its own; the middleware here is
// the one of its users, over the full path of the route.
var ginPeer = Peer{
	Name:   "gin",
	Module: "github.com/gin-gonic/gin",
	Note:   "metrics by hand",
	Build: func(m Means) (Service, error) {
		registry := prometheus.NewRegistry()
		signals, err := newPromhttp(registry)
		if err != nil {
			return Service{}, err
		}
		gin.SetMode(gin.ReleaseMode)
		g := gin.New()
		g.Use(
			otelgin.Middleware("users", otelgin.WithTracerProvider(m.Traces), otelgin.WithPropagators(propagation.TraceContext{})),
			ginLine(logger(m.Out)),
			ginSignals(signals),
			gin.RecoveryWithWriter(io.Discard),
		)
		g.GET("/users/:id", func(c *gin.Context) {
			c.Data(http.StatusOK, contentType, body(c.Param("id")))
		})
		g.GET("/panic", func(*gin.Context) { fail() })
		return Service{Handler: g, Metrics: registry}, nil
	},
}

func ginLine(l *slog.Logger) gin.HandlerFunc {
	return ginslog.SetLogger(
		ginslog.WithLogger(func(*gin.Context, *slog.Logger) *slog.Logger { return l }),
		ginslog.WithContext(func(c *gin.Context, r *slog.Record) *slog.Record {
			r.AddAttrs(traceIDs(trace.SpanContextFromContext(c.Request.Context()))...)
			return r
		}),
	)
}

func ginSignals(s promhttpSignals) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		s.inFlight.Inc()
		defer s.inFlight.Dec()
		c.Next()
		s.latency.WithLabelValues(c.FullPath(), c.Request.Method, strconv.Itoa(c.Writer.Status())).
			Observe(time.Since(start).Seconds())
	}
}
