package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/golive-dev/golive/examples/orders/internal/store"
)

// connections shows how much of the store's pool is in use: the saturation
// of this service.
type connections struct{ store *store.Store }

var connectionsDesc = prometheus.NewDesc("store_pool_connections",
	"Connections to the store by state.", []string{"state"}, nil)

// Describe implements [prometheus.Collector].
func (connections) Describe(descs chan<- *prometheus.Desc) { descs <- connectionsDesc }

// Collect implements [prometheus.Collector].
func (c connections) Collect(metrics chan<- prometheus.Metric) {
	open, inUse := c.store.Connections()
	metrics <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(inUse), "in-use")
	metrics <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(open-inUse), "idle")
}
