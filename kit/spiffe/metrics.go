package spiffe

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of kit/certs, so that one alert covers both.
type metrics struct {
	address  string
	expiry   *prometheus.GaugeVec // empty until there is a certificate
	failures prometheus.Counter
}

func newMetrics(r prometheus.Registerer, address string) (*metrics, error) {
	expiry := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "certificate_expiry_timestamp_seconds",
		Help: "Earliest end of validity of the certificates in a file, in seconds since 1970.",
	}, []string{"file"})
	failures := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "certificate_refresh_failures_total",
		Help: "Looks at a certificate's files that found nothing usable.",
	}, []string{"file"})
	if r != nil {
		var err error
		if expiry, err = register(r, expiry); err != nil {
			return nil, err
		}
		if failures, err = register(r, failures); err != nil {
			return nil, err
		}
	}
	return &metrics{address, expiry, failures.WithLabelValues(address)}, nil
}

func (m *metrics) set(end time.Time) {
	m.expiry.WithLabelValues(m.address).Set(float64(end.Unix()))
}

// register returns c, or the one that kit/certs or another identity has
// registered.
func register[C prometheus.Collector](r prometheus.Registerer, c C) (C, error) {
	err := r.Register(c)
	var before prometheus.AlreadyRegisteredError
	if errors.As(err, &before) {
		if same, ok := before.ExistingCollector.(C); ok {
			return same, nil
		}
	}
	if err != nil {
		return c, fmt.Errorf("spiffe: the metrics cannot be registered with Registerer: %w", err)
	}
	return c, nil
}
