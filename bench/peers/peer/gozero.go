package peer

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/core/logx"
	zeroprom "github.com/zeromicro/go-zero/core/prometheus"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/pathvar"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
)

// goZero follows https://go-zero.dev/docs: everything is on by default. What
// it cannot be given, it takes from the process: logger, tracer and registry
// are global.
var goZero = Peer{
	Name:   "go-zero",
	Module: "github.com/zeromicro/go-zero",
	Note:   "its defaults: also a time limit and a breaker per request; shedding by CPU off; gauge in flight added by hand",
	Build: func(m Means) (Service, error) {
		var c rest.RestConf
		if err := conf.LoadFromJsonBytes([]byte(goZeroConfig), &c); err != nil {
			return Service{}, fmt.Errorf("read go-zero's configuration: %w", err)
		}
		server, err := rest.NewServer(c)
		if err != nil {
			return Service{}, fmt.Errorf("build go-zero's server: %w", err)
		}
		logx.SetWriter(logx.NewWriter(m.Out))
		zeroprom.Enable()
		otel.SetTracerProvider(m.Traces)
		otel.SetTextMapPropagator(propagation.TraceContext{})
		return goZeroService(server)
	},
}

// go-zero reports on the process every minute to stdout wherever it is linked
// in, which is every process here.
func init() { logx.DisableStat() }

// CpuThreshold 0 turns shedding off: it would refuse what is being measured.
const goZeroConfig = `{"Name":"users","Port":8080,"CpuThreshold":0,"Log":{"Mode":"console","Encoding":"json","Stat":false}}`

func goZeroService(server *rest.Server) (Service, error) {
	registry := prometheus.NewRegistry()
	gauge, err := inFlight(registry)
	if err != nil {
		return Service{}, err
	}
	server.Use(func(next http.HandlerFunc) http.HandlerFunc { return counted(gauge, next).ServeHTTP })
	server.AddRoutes([]rest.Route{
		{Method: http.MethodGet, Path: "/users/:id", Handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(body(pathvar.Vars(r)["id"])) // a caller that left is no concern here
		}},
		{Method: http.MethodGet, Path: "/panic", Handler: func(http.ResponseWriter, *http.Request) { fail() }},
	})
	bound, err := rest.NewServerless(server)
	if err != nil {
		return Service{}, fmt.Errorf("bind go-zero's routes: %w", err)
	}
	return Service{
		Handler: http.HandlerFunc(bound.Serve),
		Metrics: prometheus.Gatherers{registry, prometheus.DefaultGatherer},
	}, nil
}
