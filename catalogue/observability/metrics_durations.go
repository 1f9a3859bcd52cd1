package observability

import (
	"fmt"
	"math"
	"time"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// judgeDurations holds a metric's durations against the client's. The client
// sees what the service does, the way there and back, and every stall of the
// machine: the service may have measured less than that, hardly more, and
// never less than what its requests took for certain.
func (t truth) judgeDurations(f evidence.Family) {
	all, unit := evidence.Merge(f.Series), perSecond(f)
	if all.Count == 0 {
		return
	}
	most, least := durations(t.sent.answered), t.floors
	if mean := all.Sum / all.Count / unit; mean > atMost(average(most)) || mean < atLeast(average(least)) {
		t.failDurations(f, 0, fmt.Sprintf("the mean of %s is %s, the client measured %s%s",
			f.Name, inSeconds(mean), rounded(average(most)), unitHint(mean, average(least), average(most))))
		return
	}
	compared := "the mean"
	for _, q := range []float64{0.5, 0.95, 0.99} {
		lower, upper, ok := all.Interval(q)
		if !ok {
			break // a summary, or a native histogram
		}
		compared = "the mean, p50, p95 and p99"
		floor, ceiling := rank(least, q-nearby), rank(most, q+nearby)
		if lower/unit > atMost(ceiling) || upper/unit < atLeast(floor) {
			t.failDurations(f, q, fmt.Sprintf("p%g of %s lies between %s and %s, the client measured %s%s",
				q*100, f.Name, inSeconds(lower/unit), inSeconds(upper/unit), rounded(rank(most, q)), unitHint(lower/unit, floor, ceiling)))
			return
		}
	}
	t.Showf(check.Proven, t.where, "%s of %s agree with the client's", compared, f.Name)
}

// unitHint names the usual reason of a duration that is a thousand times too
// long.
func unitHint(measured float64, least, most time.Duration) string {
	if ms := measured / 1e3; ms >= least.Seconds()/4 && ms <= most.Seconds() {
		return "; the values look like milliseconds, and the metric's name says otherwise"
	}
	return ""
}

func average(took []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	return sum / time.Duration(max(1, len(took)))
}

// atMost and atLeast bound what the service may have measured, in seconds, of
// what took d: they allow for work after the answer, clocks and noise.
func atMost(d time.Duration) float64 { return d.Seconds()*1.25 + 0.01 }

func atLeast(d time.Duration) float64 { return min(d.Seconds()*0.75, d.Seconds()-0.025) }

func inSeconds(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return fmt.Sprintf("%.3gs", v)
}

func rounded(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

// failDurations shows the distribution, with the client's quantile q in it; 0
// stands for the mean.
func (t truth) failDurations(f evidence.Family, q float64, text string) {
	d := histogramOf(f, 0)
	if d != nil && q > 0 {
		d.Histogram.Marks = []check.QuantileMark{{Name: fmt.Sprintf("p%g, client", q*100), Value: service.Duration(rank(durations(t.sent.answered), q))}}
	}
	t.Fail(check.Evidence{Rung: check.Proven, Where: t.where, Detail: d, Text: text})
}
