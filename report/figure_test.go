package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/golive-dev/golive/check"
	"github.com/golive-dev/golive/service"
)

func at(d time.Duration) service.Duration { return service.Duration(d) }

func TestTimelineLayout(t *testing.T) {
	f := drawTimeline(&check.Timeline{Trial: "sigterm", Marks: []check.Mark{
		{At: at(2 * time.Second), Lane: "ready", Text: "still 200", Bad: true},
		{At: 0, To: at(10 * time.Second), Lane: "drill", Text: "fault"},
		{At: at(5 * time.Second), To: at(8 * time.Second), Lane: "drill", Text: "overlaps"},
		{At: at(10 * time.Second), Lane: "ready", Text: "503"},
	}})
	type drawn struct {
		N        int
		X, Width string
		Row      int
		Moment   bool
	}
	var got []drawn
	for _, m := range f.Marks {
		got = append(got, drawn{m.N, m.X, m.Width, m.Y / laneRow, m.Moment})
	}
	// The margin is 6 % on each side; the overlapping stretch has a row of its own.
	want := []drawn{{1, "6.00%", "88.00%", 0, false}, {2, "23.60%", "", 3, true}, {3, "50.00%", "26.40%", 1, false}, {4, "94.00%", "", 3, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
	if len(f.Lanes) != 2 || f.Lanes[0].Name != "drill" || f.Lanes[1].Name != "ready" || f.Bad != 1 {
		t.Errorf("lanes %+v with %d bad marks; want drill and ready with 1", f.Lanes, f.Bad)
	}
	var labels []string
	for _, tick := range f.Ticks {
		labels = append(labels, tick.Label)
	}
	if got := strings.Join(labels, " | "); got != "0 | 2 s | 4 s | 6 s | 8 s | 10 s" {
		t.Errorf("ticks %s", got)
	}
}

// A finding must be drawn even when a thousand good marks are not.
func TestTimelineKeepsBadMarks(t *testing.T) {
	var line check.Timeline
	for i := range 1000 {
		line.Marks = append(line.Marks, check.Mark{At: at(time.Duration(i) * time.Millisecond), Lane: "requests", Bad: i == 900})
	}
	f := drawTimeline(&line)
	if f.Bad != 1 || len(f.Marks) != maxMarks || f.Left != 1000-maxMarks {
		t.Errorf("drew %d marks with %d bad, left %d out", len(f.Marks), f.Bad, f.Left)
	}
}

func TestHistogramLayout(t *testing.T) {
	f := drawHistogram(&check.Histogram{
		Buckets: []check.HistogramBucket{
			{Le: at(200 * time.Millisecond), Count: 10}, {Le: at(100 * time.Millisecond), Count: 1000},
			{Le: at(400 * time.Millisecond), Count: 1}, {Le: at(800 * time.Millisecond)}, {Le: at(time.Second)},
		},
		Threshold: at(200 * time.Millisecond),
		Marks:     []check.QuantileMark{{Name: "p99", Value: at(150 * time.Millisecond)}, {Name: "p50", Value: at(50 * time.Millisecond)}},
	})
	if f.Total != 1011 || f.Over != 1 || len(f.Rows) != 4 || len(f.Bars) != 3 {
		t.Fatalf("total %d, beyond the threshold %d, %d rows, %d bars", f.Total, f.Over, len(f.Rows), len(f.Bars))
	}
	if b := f.Bars[2]; !b.Over || b.Height != 3 || f.Bars[0].Height != plotHeight {
		t.Errorf("the one slow request is drawn as %+v", b)
	}
	var got []string
	for _, l := range f.Lines {
		got = append(got, l.Text+" at "+l.X)
	}
	want := []string{"p50 50 ms at 12.50%", "p99 150 ms at 37.50%", "threshold 200 ms at 50.00%"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestMergedKeepsTheTotal(t *testing.T) {
	var buckets []check.HistogramBucket
	for i := range 101 {
		buckets = append(buckets, check.HistogramBucket{Le: service.Duration(i + 1), Count: i})
	}
	total := 0
	got := merged(buckets, 40)
	for _, b := range got {
		total += b.Count
	}
	if len(got) > 40 || total != 5050 || got[len(got)-1].Le != 101 {
		t.Errorf("%d buckets with %d requests up to %d", len(got), total, got[len(got)-1].Le)
	}
}

func TestHuman(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 1500: "1.5 µs", 812 * time.Microsecond: "812 µs", 1234567: "1.23 ms",
		999_700 * time.Microsecond: "1 s", 9930 * time.Millisecond: "9.93 s", 90 * time.Second: "1m30s",
		-time.Second: "-1 s", 1<<63 - 1: "∞", -1 << 63: "-∞",
	} {
		if got := human(d); got != want {
			t.Errorf("human(%d) = %q, want %q", d, got, want)
		}
	}
	if got := grouped(1234567) + " " + grouped(-123) + " " + grouped(12); got != "1,234,567 -123 12" {
		t.Errorf("grouped: %s", got)
	}
}

func TestExcerptKeepsBadAndOrder(t *testing.T) {
	kept, left := excerpt([]int{1, 2, 3, -4, 5, -6}, 3, func(n int) bool { return n < 0 })
	if !cmp.Equal(kept, []int{1, -4, -6}) || left != 3 {
		t.Errorf("kept %v, left %d", kept, left)
	}
}
