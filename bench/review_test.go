package bench

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/golive-dev/golive/catalogue"
	"github.com/golive-dev/golive/evidence"
	"github.com/golive-dev/golive/review"
)

// BenchmarkReviewOrders times the main job on examples/orders. Besides the
// wall time it reports the CPU that golive and all that it started used, the
// longest trial, below which no machine gets, and the share of the cores'
// time that was spent waiting: for timeouts, probe periods and grace periods.
func BenchmarkReviewOrders(b *testing.B) {
	for b.Loop() {
		began, cpu := time.Now(), cpuTime(b)
		set, err := review.Gather(b.Context(), review.Options{Dir: "../examples/orders", Requirements: catalogue.Requirements()})
		if err != nil {
			b.Fatal(err)
		}
		wall, used := time.Since(began), cpuTime(b)-cpu
		longest := longestTrial(set)
		b.ReportMetric(wall.Seconds(), "wall-s")
		b.ReportMetric(used.Seconds(), "cpu-s")
		b.ReportMetric(longest.Seconds(), "longest-trial-s")
		b.ReportMetric(100*(1-used.Seconds()/(cores*wall.Seconds())), "waiting-%")
		b.ReportMetric(0, "ns/op")
	}
}

var cores = float64(runtime.NumCPU())

// cpuTime is what this process and its ended children have used so far.
func cpuTime(b *testing.B) time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var use syscall.Rusage
		if err := syscall.Getrusage(who, &use); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(use.Utime.Nano() + use.Stime.Nano())
	}
	return sum
}

func longestTrial(set *evidence.Set) time.Duration {
	var longest time.Duration
	for _, drill := range set.Drills() {
		rec := set.Recording(drill)
		for _, trial := range rec.Trials() {
			events := rec.Trial(trial)
			longest = max(longest, (events[len(events)-1].At - events[0].At).D())
		}
	}
	return longest
}
