package metrics

import (
	"errors"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// DefaultThreshold is the edge that histograms of served requests have when no
// objective is told: 500 ms, the latency beyond which the standard's example
// objective counts a request as slow.
const DefaultThreshold = 500 * time.Millisecond

// Native histograms: a factor of 1.1 reads percentiles within 5 %; 160 buckets
// are OpenTelemetry's default bound and span about 100 ns to 1 h at less
// resolution before an hour has passed.
const (
	nativeFactor     = 1.1
	nativeBuckets    = 160
	nativeResetAfter = time.Hour
)

// edges returns buckets, or Prometheus' default ones, with an edge at the
// threshold.
func edges(buckets []float64, threshold time.Duration) ([]float64, error) {
	if threshold < 0 {
		return nil, errors.New("metrics: Threshold must not be negative")
	}
	list := slices.Clone(buckets)
	if len(list) == 0 {
		list = slices.Clone(prometheus.DefBuckets)
	}
	for i, edge := range list {
		if !(edge > 0) || i > 0 && !(edge > list[i-1]) {
			return nil, errors.New("metrics: Buckets must be positive seconds in ascending order")
		}
	}
	if threshold > 0 {
		if at, found := slices.BinarySearch(list, threshold.Seconds()); !found {
			list = slices.Insert(list, at, threshold.Seconds())
		}
	}
	return list, nil
}

func newDurations(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                            name,
		Help:                            help,
		Buckets:                         buckets,
		NativeHistogramBucketFactor:     nativeFactor,
		NativeHistogramMaxBucketNumber:  nativeBuckets,
		NativeHistogramMinResetDuration: nativeResetAfter,
	}, labels)
}

// observe adds a duration, with the trace that shows an example of it.
func observe(o prometheus.Observer, took time.Duration, traceID string) {
	if traceID == "" {
		o.Observe(took.Seconds())
		return
	}
	o.(prometheus.ExemplarObserver).ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": traceID})
}
