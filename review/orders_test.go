package review_test

import (
	"testing"
	"time"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/review"
)

// The exemplary service passes every requirement that is judged, whether its
// trials run two at a time or eight: their order changes no outcome.
func TestOrdersPasses(t *testing.T) {
	for _, parallel := range []int{2, 8} {
		began := time.Now()
		reqs := catalogue.Requirements()
		set, err := review.Gather(t.Context(), review.Options{Dir: "../examples/orders", Requirements: reqs, Parallel: parallel})
		if err != nil {
			t.Fatal(err)
		}
		v, err := check.Judge(set, reqs, check.Options{Standard: catalogue.Version, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		judged := 0
		for _, r := range v.Results {
			if !r.Judged() {
				continue
			}
			judged++
			if r.Outcome != check.Passed {
				t.Errorf("%d trials at once: %s is %s: %s", parallel, r.ID, r.Outcome, r.Reason)
			}
		}
		if judged < 24 {
			t.Errorf("only %d requirements are judged", judged)
		}
		t.Logf("%d trials at once: %s", parallel, time.Since(began).Round(time.Second))
	}
}
