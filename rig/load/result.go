package load

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/service"
)

// Result is what became of one request. Took counts from At.
type Result struct {
	evidence.Request
	At   time.Time // when it was due; without a schedule, when it was sent
	Sent time.Time // when it was sent; zero when it was not
}

// Event returns r as the arguments of [evidence.TrialRecorder.Add].
func (r Result) Event() (time.Time, evidence.Event) {
	q := r.Request
	return r.At, evidence.Event{Request: &q}
}

// since is Took at the moment t. Less than 10 µs is noise.
func (r *Result) since(t time.Time) service.Duration {
	return service.Duration(t.Sub(r.At).Round(10 * time.Microsecond))
}

// notSent begins the Error of a request that never reached the wire.
const notSent = "not sent: "

// NotSent reports whether the request never reached the wire, through no
// fault of the service: it is no evidence of anything but the load.
func (r Result) NotSent() bool { return strings.HasPrefix(r.Error, notSent) }

// Quantile returns the smallest Took that at least the share q (0 to 1) of
// the sent requests did not exceed. Open requests count with the time that
// they have taken so far. It is 0 when none was sent.
func Quantile(results []Result, q float64) time.Duration {
	took := make([]time.Duration, 0, len(results))
	for _, r := range results {
		if !r.NotSent() {
			took = append(took, r.Took.D())
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	// the subtraction undoes what 0.07 × 100 is off by in floating point
	rank := int(math.Ceil(q*float64(len(took)) - 1e-9))
	return took[min(max(rank, 1), len(took))-1]
}
