package resilience

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// The statistics of waits, over 20 chains at once. The numbers were measured
// on a machine under load, over fixed waits and waits with jitter of ±10 %, of
// a half (equal) and of the whole (full): fixed waits spread by 0.043 of their
// median at most, ±10 % by 0.08 at least, and medians that double were never
// found to grow by less than 1.5.
const (
	fewest     = 10                     // waits of a step that say something
	jittered   = 0.06                   // spread above which waits differ
	doubling   = 1.5                    // growth of the median from one wait to the next
	tellable   = 100 * time.Millisecond // shorter waits differ by the machine's noise alone
	atOnce     = 10 * time.Millisecond  // three quarters of the waits below: there is no pause
	onlyFixed  = 0.045                  // one step alone is in lock-step only below: ±10 % of 20 waits may look like 0.06
	onlyJitter = 0.25                   // the first wait holds the noise of a start of 20 at once: alone it tells only what is plain
	stalledBy  = 0.25                   // a wait in which the machine stood still for more of it says nothing
)

// waits holds the waits before the second, third, … attempts of many chains,
// each step ascending.
type waits [][]time.Duration

// waitsOf collects the waits between the answer of one attempt and the next,
// as far as there are enough of a step. The error says that there would be, had
// the machine not stood still.
func waitsOf(chains []chain, events []evidence.Event) (waits, error) {
	var w waits
	var stalled []int // waits of each step that say nothing
	for _, c := range chains {
		for i := 1; i < len(c.tries); i++ {
			if len(w) < i {
				w, stalled = append(w, nil), append(stalled, 0)
			}
			from, to := c.tries[i-1].ended(), c.tries[i].at
			wait := max(0, (to - from).D())
			if still := evidence.Stalled(events, from, to); float64(still) > stalledBy*float64(wait) {
				stalled[i-1]++
				continue
			}
			w[i-1] = append(w[i-1], wait)
		}
	}
	for i, step := range w {
		switch {
		case len(step) >= fewest:
			slices.Sort(step)
		case len(step)+stalled[i] >= fewest:
			return nil, fmt.Errorf("the machine stood still in %d of %d waits, so they say nothing; run golive on a quieter machine", stalled[i], len(step)+stalled[i])
		default:
			return w[:i], nil
		}
	}
	return w, nil
}

// judgement is what waits show: what is wrong with them, what is right, and
// what cannot be told.
type judgement struct {
	wrong string
	right []string
	open  []string
}

func (j judgement) String() string {
	return strings.Join(append(slices.Clone(j.right), j.open...), "; ")
}

// judge looks at pauses, growth and jitter, in this order: what has no pause
// has none of the others.
func (w waits) judge() judgement {
	var j judgement
	if len(w) == 0 {
		j.open = append(j.open, fmt.Sprintf("fewer than %d chains were tried again, too few to tell growth and jitter", fewest))
		return j
	}
	if w.none() {
		j.wrong = fmt.Sprintf("it is tried again at once: three quarters of the waits are below %s", atOnce)
		return j
	}
	for _, look := range []func(*judgement){w.grow, w.differ} {
		if look(&j); j.wrong != "" {
			return j
		}
	}
	return j
}

func (w waits) none() bool {
	all := slices.Concat(w...)
	slices.Sort(all)
	return quantile(all, 0.75) < atOnce
}

// grow holds the last step against the first. Waits with much jitter have
// medians that chance moves, so what is judged is the most growth that their
// ranges allow: waits fail that grow too little for any chance to have hidden
// it.
func (w waits) grow(j *judgement) {
	steps := len(w) - 1
	if steps == 0 {
		j.open = append(j.open, "two attempts have one wait, so growth cannot be told")
		return
	}
	first, last := w[0], w[steps]
	perStep := func(from, to time.Duration) float64 {
		return math.Pow(float64(to)/float64(max(from, time.Microsecond)), 1/float64(steps))
	}
	low, _ := medianRange(first)
	_, high := medianRange(last)
	growth := perStep(quantile(first, 0.5), quantile(last, 0.5))
	switch {
	case perStep(low, high) <= doubling:
		j.wrong = fmt.Sprintf("the waits do not grow: %s at the median, %.1f × a step", w.medians(), growth)
	case growth > doubling:
		j.right = append(j.right, fmt.Sprintf("the waits grow, %s at the median, %.1f × a step", w.medians(), growth))
	default:
		j.open = append(j.open, fmt.Sprintf("the waits, %s at the median, differ too much to tell their growth from so few attempts", w.medians()))
	}
}

// differ looks at the spread of each wait over the chains: IQR by median. The
// first wait begins with 20 arrivals at once, and is left out where there is
// another.
func (w waits) differ(j *judgement) {
	steps, fixed, jitter := w, onlyFixed, onlyJitter
	if len(w) > 1 {
		steps, jitter = w[1:], jittered
	}
	if len(steps) > 1 {
		fixed = jittered
	}
	spreads := make([]float64, len(steps))
	shortest := time.Duration(math.MaxInt64)
	for i, step := range steps {
		median := quantile(step, 0.5)
		shortest = min(shortest, median)
		spreads[i] = float64(quantile(step, 0.75)-quantile(step, 0.25)) / float64(max(median, tellable))
	}
	slices.Sort(spreads)
	spread := spreads[(len(spreads)-1)/2]
	switch {
	case spread > jitter:
		j.right = append(j.right, fmt.Sprintf("they differ by %.2f of the median", spread))
	case spread <= fixed && shortest >= tellable:
		j.wrong = fmt.Sprintf("the waits are in lock-step: they differ by %.3f of the median, %s; jitter makes it more than %.2f", spread, w.medians(), jittered)
	default:
		j.open = append(j.open, fmt.Sprintf("the waits, %s at the median, are too few or too short to tell jitter from noise", w.medians()))
	}
}

func (w waits) medians() string {
	list := make([]string, len(w))
	for i, step := range w {
		list[i] = fmt.Sprintf("%.2fs", quantile(step, 0.5).Seconds())
	}
	return strings.Join(list, ", ")
}

// quantile is the nearest rank of ascending values, 0 of none.
func quantile[T cmp.Ordered](ascending []T, q float64) (v T) {
	if len(ascending) == 0 {
		return v
	}
	rank := int(math.Ceil(q*float64(len(ascending)) - 1e-9))
	return ascending[min(max(rank, 1), len(ascending))-1]
}

// medianRange is where the true median lies with 95 % confidence: between
// these order statistics, whatever the distribution.
func medianRange(ascending []time.Duration) (low, high time.Duration) {
	n := len(ascending)
	k := max(0, int(float64(n)/2-0.98*math.Sqrt(float64(n))))
	return ascending[k], ascending[n-1-k]
}

// tooSoon returns the first attempt of any chain that came before the time
// that Retry-After asked for was over, and how long it waited.
func tooSoon(chains []chain, asked time.Duration) (*attempt, time.Duration) {
	const imprecision = 50 * time.Millisecond // of two clocks and their timers
	for _, c := range chains {
		for i := 1; i < len(c.tries); i++ {
			if wait := (c.tries[i].at - c.tries[i-1].ended()).D(); wait < asked-imprecision {
				return &c.tries[i], wait
			}
		}
	}
	return nil, 0
}

// forNobody returns the first repeated attempt that came later than grace
// after gone, the moment at which nobody waited for its chain any more, and
// how much later that was.
func forNobody(chains []chain, gone func(chain) (service.Duration, bool), grace time.Duration) (*attempt, time.Duration) {
	for _, c := range chains {
		over, known := gone(c)
		for i := 1; i < len(c.tries) && known; i++ {
			if late := (c.tries[i].at - over).D(); late > grace {
				return &c.tries[i], late
			}
		}
	}
	return nil, 0
}
