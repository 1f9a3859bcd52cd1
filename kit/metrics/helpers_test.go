package metrics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/golive-dev/golive/kit/metrics"
)

const ms = time.Millisecond

// series returns the series of a family whose labels hold all of "key=value".
func series(t *testing.T, g prometheus.Gatherer, family string, labels ...string) []*dto.Metric {
	t.Helper()
	all, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var list []*dto.Metric
	for _, f := range all {
		for _, m := range f.Metric {
			if f.GetName() == family && holds(m, labels) {
				list = append(list, m)
			}
		}
	}
	return list
}

func holds(m *dto.Metric, labels []string) bool {
	found := 0
	for _, l := range m.Label {
		for _, want := range labels {
			if l.GetName()+"="+l.GetValue() == want {
				found++
			}
		}
	}
	return found == len(labels)
}

// one returns the only such series.
func one(t *testing.T, g prometheus.Gatherer, family string, labels ...string) *dto.Metric {
	t.Helper()
	list := series(t, g, family, labels...)
	if len(list) != 1 {
		t.Fatalf("%s{%s} has %d series", family, strings.Join(labels, ","), len(list))
	}
	return list[0]
}

func count(t *testing.T, g prometheus.Gatherer, family string, labels ...string) uint64 {
	t.Helper()
	return one(t, g, family, labels...).Histogram.GetSampleCount()
}

func newServer(t *testing.T, r prometheus.Registerer, o metrics.ServerOptions) *metrics.Server {
	t.Helper()
	s, err := metrics.NewServer(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newClient(t *testing.T, r prometheus.Registerer) *metrics.Client {
	t.Helper()
	c, err := metrics.NewClient(r, metrics.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
