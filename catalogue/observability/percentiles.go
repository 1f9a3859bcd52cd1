package observability

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/evidence/live"
	"github.com/golive-dev/golive/service"
)

var _ = check.Register(check.Check{
	ID:    "observability/percentiles",
	Title: "p95 and p99 can be read per endpoint, and a bucket edge lies at the objective's threshold",
	Why: `An average hides the slow tenth. And a histogram without an edge at the threshold cannot say
how many requests met the objective: alerts on it are guesses or never fire.`,
	Gate:  check.GoLive,
	Needs: check.Observed,
	How: `The histogram of requests must have finite buckets for each route, and an edge at each
slo.latency of golive.yaml (native histograms have enough of them everywhere). A summary does
not do: its quantiles cannot be added up over instances, nor read at the threshold.`,
	Reads: []evidence.Kind{evidence.Recorded("traffic"), live.ScrapeKind},
	After: []string{"observability/golden-signals"},
	Judge: judgePercentiles,
	Remedy: check.Remedy{Text: `Give the histogram of request durations buckets around the objective's threshold, one edge
exactly at it, in seconds: for 500 ms for instance .005 .01 .025 .05 .1 .25 .5 1 2.5 5 10.`},
})

func judgePercentiles(p *check.Pass) error {
	m, err := metricsOf(p)
	if err != nil {
		return err
	}
	if why := unreadable(m.after, p.Service().Endpoints); why != "" {
		p.Failf(check.Observed, m.where, "%s", why)
		return nil
	}
	families := requestFamilies(m.before, m.after, p.Service())
	histograms := latencies(families)
	switch {
	case len(families) == 0 && m.looked:
		return m.uncounted()
	case len(histograms) == 0:
		p.Failf(check.Observed, m.where, "there is no histogram of request durations, so no percentile can be read%s", instead(families))
		return nil
	}
	thresholds := thresholdsOf(p.Service())
	if len(thresholds) == 0 {
		return errors.New("golive.yaml states no latency objective; add slo: [{…, latency: 500ms}]")
	}
	var whys []string
	for _, f := range histograms {
		why := unfit(f, thresholds)
		if why == "" {
			p.Show(check.Evidence{Rung: check.Observed, Where: m.where, Detail: histogramOf(f, thresholds[0]),
				Text: fmt.Sprintf("%s %s, per endpoint (%s)", f.Name, fitness(f, thresholds), told(routesOf(f)))})
			return nil
		}
		whys = append(whys, f.Name+" "+why)
	}
	p.Fail(check.Evidence{Rung: check.Observed, Where: m.where, Text: strings.Join(whys, "; "), Detail: histogramOf(histograms[0], thresholds[0])})
	return nil
}

func thresholdsOf(s *service.Service) []service.Duration {
	var list []service.Duration
	for _, slo := range s.SLOs {
		if slo.Latency > 0 && !slices.Contains(list, slo.Latency) {
			list = append(list, slo.Latency)
		}
	}
	return list
}

// instead names the summary that somebody may have taken for a histogram.
func instead(families []evidence.Family) string {
	for _, f := range families {
		if f.Type == "summary" {
			return "; " + f.Name + " is a summary, whose quantiles cannot be added up over instances"
		}
	}
	return ""
}

// unfit says why percentiles cannot be read from a histogram, "" when they can.
func unfit(f evidence.Family, thresholds []service.Duration) string {
	if len(routesOf(f)) == 0 {
		return "has no label for the route"
	}
	for _, s := range f.Series {
		if s.Native {
			continue
		}
		if len(s.Buckets) < 2 {
			return fmt.Sprintf("has %d finite buckets", len(s.Buckets))
		}
		for _, t := range thresholds {
			if !edgeAt(s.Buckets, t.D().Seconds()*perSecond(f)) {
				return fmt.Sprintf("has no bucket edge at %s: %s", t, edges(s.Buckets))
			}
		}
	}
	return ""
}

// fitness says what percentiles can be read by.
func fitness(f evidence.Family, thresholds []service.Duration) string {
	if slices.ContainsFunc(f.Series, func(s evidence.Series) bool { return s.Native }) {
		return "is a native histogram"
	}
	list := make([]string, len(thresholds))
	for i, t := range thresholds {
		list[i] = t.String()
	}
	return "has an edge at " + strings.Join(list, " and ")
}

func edgeAt(buckets []evidence.Bucket, value float64) bool {
	return slices.ContainsFunc(buckets, func(b evidence.Bucket) bool { return math.Abs(b.Le-value) <= 1e-6*value })
}

func edges(buckets []evidence.Bucket) string {
	list := make([]string, len(buckets))
	for i, b := range buckets {
		list[i] = fmt.Sprint(b.Le)
	}
	return strings.Join(list, " ")
}

// histogramOf draws the distribution over all routes.
func histogramOf(f evidence.Family, threshold service.Duration) *check.Detail {
	all := evidence.Merge(f.Series)
	h := &check.Histogram{Threshold: threshold}
	before := 0.0
	for _, b := range all.Buckets {
		h.Buckets = append(h.Buckets, check.HistogramBucket{
			Le: service.Duration(b.Le / perSecond(f) * 1e9), Count: int(b.Count - before),
		})
		before = b.Count
	}
	if len(h.Buckets) == 0 {
		return nil
	}
	return &check.Detail{Histogram: h}
}
