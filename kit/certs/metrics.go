package certs

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics may be shared by the identities of one registerer.
type metrics struct {
	expiry   *prometheus.GaugeVec
	failures *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		expiry: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "certificate_expiry_timestamp_seconds",
			Help: "Earliest end of validity of the certificates in a file, in seconds since 1970.",
		}, []string{"file"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "certificate_refresh_failures_total",
			Help: "Looks at a certificate's files that found nothing usable.",
		}, []string{"file"}),
	}
	if r == nil {
		return m, nil
	}
	var err error
	if m.expiry, err = register(r, m.expiry); err != nil {
		return nil, err
	}
	m.failures, err = register(r, m.failures)
	return m, err
}

// register returns c, or the one that another identity has registered.
func register[C prometheus.Collector](r prometheus.Registerer, c C) (C, error) {
	err := r.Register(c)
	var before prometheus.AlreadyRegisteredError
	if errors.As(err, &before) {
		if same, ok := before.ExistingCollector.(C); ok {
			return same, nil
		}
	}
	if err != nil {
		return c, fmt.Errorf("certs: the metrics cannot be registered with Registerer: %w", err)
	}
	return c, nil
}

// set shows the ends of m, and makes the counter of failures exist before the
// first one.
func (s *metrics) set(o Options, m *material) {
	s.failures.WithLabelValues(o.file())
	if o.Cert != "" {
		s.expiry.WithLabelValues(o.Cert).Set(float64(m.chain.Unix()))
	}
	if o.CA != "" {
		s.expiry.WithLabelValues(o.CA).Set(float64(m.roots.Unix()))
	}
}

func (s *metrics) failed(o Options) { s.failures.WithLabelValues(o.file()).Inc() }

// file names the identity in metrics.
func (o Options) file() string {
	if o.Cert != "" {
		return o.Cert
	}
	return o.CA
}
