package metrics

import (
	"encoding/hex"
	"errors"
	"slices"
	"sync/atomic"
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

// histograms are histograms of durations, by labels.
type histograms struct {
	*prometheus.HistogramVec
	edges []float64
}

func newHistograms(name, help string, buckets []float64, labels ...string) histograms {
	return histograms{edges: buckets, HistogramVec: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                            name,
		Help:                            help,
		Buckets:                         buckets,
		NativeHistogramBucketFactor:     nativeFactor,
		NativeHistogramMaxBucketNumber:  nativeBuckets,
		NativeHistogramMinResetDuration: nativeResetAfter,
	}, labels)}
}

// of returns the histogram of the labels' values.
func (h histograms) of(values ...string) *histogram {
	return &histogram{
		observer: h.WithLabelValues(values...),
		edges:    h.edges,
		shown:    make([]atomic.Int64, len(h.edges)+1),
	}
}

// histogram counts durations, and keeps traces as examples of them.
type histogram struct {
	observer prometheus.Observer
	edges    []float64
	shown    []atomic.Int64 // by bucket, when it got its last example, in Unix nanoseconds
}

// showEvery is how old an example has to be before the next one of its bucket
// takes its place. Scrapes are seconds apart and see one of each bucket; one of
// these costs as much as twenty observations.
const showEvery = 100 * time.Millisecond

// observe counts a duration, with the trace that shows it unless that is "".
func (h *histogram) observe(took time.Duration, traceID string) {
	v := took.Seconds()
	if traceID == "" || !h.due(v, time.Now()) {
		h.observer.Observe(v)
		return
	}
	h.example(v, traceID)
}

// observeAt is observe for who knows the time already. The trace becomes text
// only if it is shown: text and clock cost 0.1 µs.
func (h *histogram) observeAt(at time.Time, took time.Duration, traceID [16]byte) {
	v := took.Seconds()
	if !h.due(v, at) {
		h.observer.Observe(v)
		return
	}
	h.example(v, hex.EncodeToString(traceID[:]))
}

func (h *histogram) example(v float64, traceID string) {
	h.observer.(prometheus.ExemplarObserver).ObserveWithExemplar(v, prometheus.Labels{"trace_id": traceID})
}

// due reports whether the bucket of v is to have a new example.
func (h *histogram) due(v float64, at time.Time) bool {
	bucket, _ := slices.BinarySearch(h.edges, v)
	now, last := at.UnixNano(), h.shown[bucket].Load()
	fresh := now >= last && now-last < int64(showEvery) // else it is old, or the clock was set back
	return !fresh && h.shown[bucket].CompareAndSwap(last, now)
}
