package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/golive-dev/golive/check"
)

// timelineFigure is the geometry of a drawn timeline. Horizontal positions
// are percentages, so that the drawing fits any screen without scaling its
// text; vertical ones are pixels.
type timelineFigure struct {
	Trial  string
	Height int
	AxisY  int
	Ticks  []tick
	Lanes  []laneFigure
	Marks  []markFigure
	Bad    int
	Left   int // marks left out
}

type tick struct {
	X      string // a percentage
	Anchor string // start, middle or end
	Label  string
}

type laneFigure struct {
	Name              string
	Y, LabelY, Height int
}

// markFigure is a mark where it is drawn. N ties it to the table beside the
// drawing, which says the same in words.
type markFigure struct {
	N              int
	Y, TextY, Base int
	X, Width       string
	Moment, Bad    bool
	When           string
	Lane           string
	Text           string

	from, to float64 // percent, with room for the number
}

const (
	laneLabel = 20 // pixels above a lane's first row
	laneRow   = 26
	laneGap   = 8
	maxRowsOf = 6   // rows of a lane; more marks than fit are drawn over one another
	momentRow = 6.5 // percent of the width that a moment needs on a phone
)

// drawTimeline lays out t: a lane for each actor in the order of its first
// mark, and within a lane as many rows as overlapping marks need.
func drawTimeline(t *check.Timeline) timelineFigure {
	marks, left := excerpt(byTime(t.Marks), maxMarks, func(m check.Mark) bool { return m.Bad })
	f := timelineFigure{Trial: line(t.Trial, 120), Left: left}
	if len(marks) == 0 {
		return f
	}
	scale := spanOf(marks)
	for _, name := range lanesOf(marks) {
		f.lane(name, marks, scale)
	}
	slices.SortFunc(f.Marks, func(a, b markFigure) int { return a.N - b.N })
	f.Ticks = scale.ticks()
	f.AxisY = f.Height
	f.Height += 22
	return f
}

// lane adds the marks of one lane below those that are there.
func (f *timelineFigure) lane(name string, marks []check.Mark, scale span) {
	top := f.Height + laneLabel
	var ends []float64 // of each row, in percent
	for i, m := range marks {
		if m.Lane != name {
			continue
		}
		fig := markOf(m, i+1, scale)
		row := slices.IndexFunc(ends, func(end float64) bool { return end <= fig.from })
		if row < 0 && len(ends) < maxRowsOf {
			ends = append(ends, 0)
			row = len(ends) - 1
		}
		row = max(row, 0)
		ends[row] = max(ends[row], fig.to)
		fig.Y = top + row*laneRow
		fig.TextY, fig.Base = fig.Y+15, fig.Y+11
		f.Marks = append(f.Marks, fig)
		if m.Bad {
			f.Bad++
		}
	}
	height := len(ends) * laneRow
	f.Lanes = append(f.Lanes, laneFigure{Name: line(name, 40), Y: top - 4, LabelY: f.Height + 13, Height: height + 2})
	f.Height = top + height + laneGap
}

func markOf(m check.Mark, n int, scale span) markFigure {
	from := scale.percent(m.At.D())
	fig := markFigure{
		N: n, Bad: m.Bad, Moment: m.To <= m.At, When: when(m), Lane: line(m.Lane, 40), Text: line(m.Text, 300),
		X: percent(from), from: from - momentRow/2, to: from + momentRow/2,
	}
	if !fig.Moment {
		wide := max(scale.percent(m.To.D())-from, 0.6)
		fig.Width, fig.from, fig.to = percent(wide), from, from+max(wide, momentRow)
	}
	return fig
}

// byTime returns the marks in the order in which they began.
func byTime(marks []check.Mark) []check.Mark {
	sorted := slices.Clone(marks)
	slices.SortStableFunc(sorted, func(a, b check.Mark) int { return cmp.Compare(a.At, b.At) })
	return sorted
}

func lanesOf(marks []check.Mark) []string {
	var names []string
	for _, m := range marks {
		if !slices.Contains(names, m.Lane) {
			names = append(names, m.Lane)
		}
	}
	return names
}

// when formats the time of a mark: a moment, or a stretch.
func when(m check.Mark) string {
	if m.To > m.At {
		return human(m.At.D()) + " – " + human(m.To.D())
	}
	return human(m.At.D())
}

// span is a stretch of time that is drawn over a width.
type span struct{ from, to time.Duration }

// spanOf returns the time that the marks cover. It begins at the trial's start
// unless that would squeeze what happened into a corner.
func spanOf(marks []check.Mark) span {
	s := span{marks[0].At.D(), marks[0].At.D()}
	for _, m := range marks {
		s.from = min(s.from, m.At.D())
		s.to = max(s.to, m.At.D(), m.To.D())
	}
	if s.from > 0 && s.from < s.to/2 {
		s.from = 0
	}
	if s.to-s.from < time.Millisecond {
		s.to = s.from + time.Millisecond
	}
	return s
}

// percent returns where at lies, with a margin on both sides that keeps the
// signs of the first and last moments whole.
func (s span) percent(at time.Duration) float64 {
	const margin = 6
	return margin + (100-2*margin)*(float64(at)-float64(s.from))/(float64(s.to)-float64(s.from))
}

// ticks returns three to six round times on the axis.
func (s span) ticks() []tick {
	step := roundStep((float64(s.to) - float64(s.from)) / 5)
	var ticks []tick
	for at := (s.from + step - 1) / step * step; at <= s.to && len(ticks) < 7; at += step {
		ticks = append(ticks, tick{percent(s.percent(at)), "middle", human(at)})
	}
	return ticks
}

// roundStep returns the smallest of 1, 2, 5 × 10ⁿ nanoseconds, and from
// minutes on of whole minutes, that is at least d.
func roundStep(d float64) time.Duration {
	for step := 1.0; ; step *= 10 {
		for _, f := range []float64{1, 2, 5} {
			if step*f >= d {
				return time.Duration(step * f)
			}
		}
	}
}

func percent(x float64) string { return fmt.Sprintf("%.2f%%", min(max(x, 0), 100)) }
