package kittest

import (
	"maps"
	"strconv"

	dto "github.com/prometheus/client_model/go"
)

// sample returns one number of metric: of a histogram or a summary the part
// "_count", "_sum" or "_bucket", of all others the value.
func sample(metric *dto.Metric, part string, want map[string]string) (float64, bool) {
	if part == "_bucket" {
		return bucket(metric.GetHistogram(), metric, want)
	}
	if !has(metric, want) {
		return 0, false
	}
	switch {
	case part == "" && metric.Counter != nil:
		return metric.Counter.GetValue(), true
	case part == "" && metric.Gauge != nil:
		return metric.Gauge.GetValue(), true
	case part == "" && metric.Untyped != nil:
		return metric.Untyped.GetValue(), true
	case part == "_count" && metric.Histogram != nil:
		return count(metric.Histogram), true
	case part == "_sum" && metric.Histogram != nil:
		return metric.Histogram.GetSampleSum(), true
	case part == "_count" && metric.Summary != nil:
		return float64(metric.Summary.GetSampleCount()), true
	case part == "_sum" && metric.Summary != nil:
		return metric.Summary.GetSampleSum(), true
	}
	return 0, false
}

// bucket returns the observations up to the bound that the label "le" names;
// "+Inf" names all.
func bucket(h *dto.Histogram, metric *dto.Metric, want map[string]string) (float64, bool) {
	rest := maps.Clone(want)
	delete(rest, "le")
	bound, err := strconv.ParseFloat(want["le"], 64)
	if h == nil || err != nil || !has(metric, rest) {
		return 0, false
	}
	if want["le"] == "+Inf" {
		return count(h), true
	}
	for _, b := range h.GetBucket() {
		if b.GetUpperBound() == bound {
			return max(float64(b.GetCumulativeCount()), b.GetCumulativeCountFloat()), true
		}
	}
	return 0, false
}

// count returns the number of observations, of which a histogram of floats
// keeps its own.
func count(h *dto.Histogram) float64 {
	return max(float64(h.GetSampleCount()), h.GetSampleCountFloat())
}
