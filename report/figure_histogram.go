package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/golive-dev/golive/check"
)

// histogramFigure is the geometry of a drawn histogram: a bar of one width for
// each bucket, since buckets grow with the latency and their true widths would
// hide the fast ones.
type histogramFigure struct {
	Height, Top, Bottom, LabelY int
	Bars                        []barFigure
	Edges                       []tick
	Lines                       []lineFigure
	Rows                        []bucketRow
	Total, Over                 int
	Threshold                   string // empty without one
}

type barFigure struct {
	X, Width  string
	Y, Height int
	Over      bool // beyond the threshold
	Text      string
}

// lineFigure is a vertical line: a quantile, or the threshold.
type lineFigure struct {
	X, TextX, Anchor string
	Y, TextY         int
	Text             string
	Threshold        bool
}

type bucketRow struct {
	Le    string
	Count int
	Over  bool
}

const (
	plotHeight = 110 // pixels
	labelRow   = 17
	maxBars    = 40
	maxLinesOf = 8
)

// drawHistogram lays out h. Each line has a row for its label above the
// bars, so labels never cover one another.
func drawHistogram(h *check.Histogram) histogramFigure {
	buckets := merged(trimmed(h.Buckets), maxBars)
	var f histogramFigure
	if len(buckets) == 0 {
		return f
	}
	f.lines(h, buckets)
	f.Top = 6 + len(f.Lines)*labelRow
	f.Bottom = f.Top + plotHeight
	f.LabelY = f.Bottom + 16
	f.Height = f.Bottom + 22
	f.bars(h, buckets)
	f.edges(buckets)
	return f
}

func (f *histogramFigure) lines(h *check.Histogram, buckets []check.HistogramBucket) {
	marks := slices.Clone(h.Marks[:min(len(h.Marks), maxLinesOf)])
	slices.SortStableFunc(marks, func(a, b check.QuantileMark) int { return cmp.Compare(a.Value, b.Value) })
	for _, m := range marks {
		f.line(buckets, m.Value.D(), line(m.Name, 40)+" "+human(m.Value.D()), false)
	}
	if h.Threshold > 0 {
		f.Threshold = human(h.Threshold.D())
		f.line(buckets, h.Threshold.D(), "threshold "+f.Threshold, true)
	}
}

func (f *histogramFigure) line(buckets []check.HistogramBucket, at time.Duration, said string, threshold bool) {
	x := 100 * position(buckets, at)
	l := lineFigure{X: percent(x), TextX: percent(x + 1), Anchor: "start", Text: said, Threshold: threshold}
	if x > 55 {
		l.Anchor, l.TextX = "end", percent(x-1)
	}
	l.Y = 3 + len(f.Lines)*labelRow
	l.TextY = l.Y + 11
	f.Lines = append(f.Lines, l)
}

func (f *histogramFigure) bars(h *check.Histogram, buckets []check.HistogramBucket) {
	most := 1
	for _, b := range buckets {
		most = max(most, b.Count)
	}
	each := 100 / float64(len(buckets))
	for i, b := range buckets {
		over := h.Threshold > 0 && b.Le > h.Threshold && b.Count > 0
		row := bucketRow{human(b.Le.D()), b.Count, over}
		f.Rows = append(f.Rows, row)
		f.Total += b.Count
		if over {
			f.Over += b.Count
		}
		if b.Count <= 0 {
			continue
		}
		// Three pixels at least: the rare slow requests are the finding.
		height := max(3, int(plotHeight*float64(b.Count)/float64(most)))
		f.Bars = append(f.Bars, barFigure{
			X: percent(each*float64(i) + each*0.06), Width: percent(each * 0.88),
			Y: f.Bottom - height, Height: height, Over: over, Text: row.Text(),
		})
	}
}

// Text says the row in words.
func (r bucketRow) Text() string { return "up to " + r.Le + ": " + grouped(r.Count) }

// edges labels at most six of the buckets' upper edges.
func (f *histogramFigure) edges(buckets []check.HistogramBucket) {
	every := (len(buckets) + 5) / 6
	for i := every - 1; i < len(buckets); i += every {
		x := 100 * float64(i+1) / float64(len(buckets))
		t := tick{percent(x), "middle", human(buckets[i].Le.D())}
		if x > 95 {
			t.Anchor = "end"
		}
		f.Edges = append(f.Edges, t)
	}
}

// position returns where a latency lies, from 0 to 1: within its bucket in
// proportion, as a quantile is read off a histogram.
func position(buckets []check.HistogramBucket, at time.Duration) float64 {
	lower := time.Duration(0)
	for i, b := range buckets {
		if at <= b.Le.D() {
			part := 1.0
			if b.Le.D() > lower {
				part = max(0, float64(at-lower)/float64(b.Le.D()-lower))
			}
			return (float64(i) + part) / float64(len(buckets))
		}
		lower = b.Le.D()
	}
	return 1
}

// trimmed returns the buckets in order, without the empty ones behind the
// last that counts; one stays to show that there is nothing.
func trimmed(buckets []check.HistogramBucket) []check.HistogramBucket {
	sorted := slices.Clone(buckets)
	slices.SortStableFunc(sorted, func(a, b check.HistogramBucket) int { return cmp.Compare(a.Le, b.Le) })
	last := len(sorted)
	for last > 1 && sorted[last-1].Count <= 0 && sorted[last-2].Count <= 0 {
		last--
	}
	return sorted[:last]
}

// merged joins neighbours until there are at most limit buckets.
func merged(buckets []check.HistogramBucket, limit int) []check.HistogramBucket {
	for len(buckets) > limit {
		var half []check.HistogramBucket
		for pair := range slices.Chunk(buckets, 2) {
			last := pair[len(pair)-1]
			if len(pair) == 2 {
				last.Count += pair[0].Count
			}
			half = append(half, last)
		}
		buckets = half
	}
	return buckets
}
