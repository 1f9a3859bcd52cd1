package peer

import (
	"net/http"

	"github.com/golive-dev/golive/kit/inbound"
	kitlog "github.com/golive-dev/golive/kit/log"
	"github.com/golive-dev/golive/kit/metrics"
	"github.com/prometheus/client_golang/prometheus"
)

// kit is golive's own, as the page of kit/inbound shows it.
var kit = Peer{
	Name: "kit",
	Note: "also limits of time and body, unmatched routes and left callers told apart",
	Build: func(m Means) (Service, error) {
		registry := prometheus.NewRegistry()
		signals, err := metrics.NewServer(registry, metrics.ServerOptions{})
		if err != nil {
			return Service{}, err
		}
		mux, err := inbound.New(inbound.Options{
			Log: kitlog.New(m.Out, kitlog.Options{Service: "users"}), Metrics: signals, Tracer: m.Traces,
		})
		if err != nil {
			return Service{}, err
		}
		mux.HandleFunc("GET /users/{id}", user)
		mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { fail() })
		return Service{Handler: mux, Metrics: registry}, nil
	},
}
