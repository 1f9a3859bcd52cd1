package rpc

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"
)

// unknownMethod stands for whatever a caller asked for that is not served.
const unknownMethod = "unknown"

// methods are the golden signals, per method and code.
type methods struct {
	inFlight  prometheus.Gauge
	durations *prometheus.HistogramVec
	known     sync.Map // full name → *method; only names of registered methods get in
}

func newMethods(r prometheus.Registerer, threshold time.Duration) (*methods, error) {
	m := &methods{
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "grpc_server_requests_in_flight", Help: "Calls being served.",
		}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "grpc_server_request_duration_seconds",
			Help:    "How long calls took, by method and code.",
			Buckets: edges(threshold),
			// As kit/metrics has them: percentiles within 5 %.
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  160,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"method", "code"}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.inFlight, m.durations} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("rpc: register the server's metrics (a registry has one server): %w", err)
		}
	}
	return m, nil
}

// edges are Prometheus' default ones with one at the threshold.
func edges(threshold time.Duration) []float64 {
	list := slices.Clone(prometheus.DefBuckets)
	if at, found := slices.BinarySearch(list, threshold.Seconds()); !found {
		list = slices.Insert(list, at, threshold.Seconds())
	}
	return list
}

// method holds the observers of one method, resolved with the first call that
// ends with their code.
type method struct {
	name  string
	codes [codes.Unauthenticated + 1]atomic.Pointer[prometheus.Observer]
	all   *prometheus.HistogramVec
}

// of returns the method of that full name, which must be a registered one.
func (m *methods) of(name string) *method {
	if known, ok := m.known.Load(name); ok {
		return known.(*method)
	}
	known, _ := m.known.LoadOrStore(name, &method{name: name, all: m.durations})
	return known.(*method)
}

// observe counts a call. A code outside of gRPC's set, which a handler may
// make up, counts as Unknown.
func (m *method) observe(code codes.Code, took time.Duration, traceID string) {
	if int(code) >= len(m.codes) {
		code = codes.Unknown
	}
	o := m.codes[code].Load()
	if o == nil {
		found := m.all.WithLabelValues(m.name, code.String())
		o = &found
		m.codes[code].Store(o)
	}
	if traceID == "" {
		(*o).Observe(took.Seconds())
		return
	}
	(*o).(prometheus.ExemplarObserver).ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": traceID})
}
