package kittest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Measured reads metrics as a scrape would see them now.
type Measured struct {
	t testing.TB
	g prometheus.Gatherer
}

// Metrics reads what g gathers: a registry, or a running service by [Scrape].
func Metrics(t testing.TB, g prometheus.Gatherer) *Measured { return &Measured{t, g} }

// Value returns the value of a metric: the sum over all series that have the
// labels, given as names and values by turns. Of a histogram or a summary ask
// for the names with _count and _sum, of a histogram also for _bucket with the
// label "le". It ends the test when there is no such series, because a name
// that was mistyped would else be 0 for ever.
func (m *Measured) Value(name string, labels ...string) float64 {
	m.t.Helper()
	value, n, names := m.read(name, labels)
	if n == 0 {
		m.t.Fatalf("kittest: no series %s; there are %s", series(name, labels), strings.Join(names, ", "))
	}
	return value
}

// Delta returns a function that says by how much the value has grown since. A
// series that does not exist counts as 0, before and after.
func (m *Measured) Delta(name string, labels ...string) func() float64 {
	m.t.Helper()
	before, _, _ := m.read(name, labels)
	return func() float64 {
		m.t.Helper()
		after, _, _ := m.read(name, labels)
		return after - before
	}
}

// Series returns the series of a metric, by its name without _count or the
// like, that have the labels: for exemplars and native histograms.
func (m *Measured) Series(name string, labels ...string) []*dto.Metric {
	m.t.Helper()
	want := m.pairs(labels)
	var found []*dto.Metric
	for _, metric := range m.families()[name].GetMetric() {
		if has(metric, want) {
			found = append(found, metric)
		}
	}
	return found
}

// families gathers. What is gathered beside an error is of no use to a test.
func (m *Measured) families() map[string]*dto.MetricFamily {
	m.t.Helper()
	all, err := m.g.Gather()
	if err != nil {
		m.t.Fatalf("kittest: the metrics cannot be gathered: %v", err)
	}
	byName := make(map[string]*dto.MetricFamily, len(all))
	for _, f := range all {
		byName[f.GetName()] = f
	}
	return byName
}

// read sums the samples called name; n counts them.
func (m *Measured) read(name string, labels []string) (sum float64, n int, names []string) {
	m.t.Helper()
	want := m.pairs(labels)
	families := m.families()
	for family, f := range families {
		part, ok := strings.CutPrefix(name, family)
		if !ok {
			continue
		}
		for _, metric := range f.GetMetric() {
			if value, ok := sample(metric, part, want); ok {
				sum += value
				n++
			}
		}
	}
	return sum, n, slices.Sorted(maps.Keys(families))
}

func (m *Measured) pairs(labels []string) map[string]string {
	m.t.Helper()
	if len(labels)%2 != 0 {
		m.t.Fatalf("kittest: a label has no value: %q", labels)
	}
	pairs := make(map[string]string, len(labels)/2)
	for i := 0; i < len(labels); i += 2 {
		pairs[labels[i]] = labels[i+1]
	}
	return pairs
}

// has reports whether metric has all of the labels.
func has(metric *dto.Metric, want map[string]string) bool {
	found := 0
	for _, l := range metric.GetLabel() {
		if value, ok := want[l.GetName()]; ok && value == l.GetValue() {
			found++
		}
	}
	return found == len(want)
}

func series(name string, labels []string) string {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	return name + "{" + strings.Join(pairs, ",") + "}"
}
