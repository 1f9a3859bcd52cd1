package report

import (
	"maps"
	"slices"
	"strconv"

	"github.com/golive-dev/golive/check"
)

// proofs is the evidence that the page shows of one requirement.
type proofs struct {
	Shown []check.Evidence
	Left  int
}

func proof(r check.Result) proofs {
	kept, left := excerpt(r.Evidence, maxProof, against)
	return proofs{kept, left}
}

// figure is a drawn detail: one field for each kind that check.Detail has.
type figure struct {
	Table     *tableFigure
	Timeline  *timelineFigure
	Histogram *histogramFigure
	Log       *logFigure
	Exchange  *exchangeFigure
	Location  *locationFigure
}

func figureOf(d *check.Detail) figure {
	var f figure
	if d == nil {
		return f
	}
	if d.Table != nil {
		f.Table = drawTable(d.Table)
	}
	if d.Timeline != nil && len(d.Timeline.Marks) > 0 {
		t := drawTimeline(d.Timeline)
		f.Timeline = &t
	}
	if d.Histogram != nil && len(d.Histogram.Buckets) > 0 {
		h := drawHistogram(d.Histogram)
		f.Histogram = &h
	}
	if d.Log != nil {
		f.Log = drawLog(d.Log)
	}
	if d.Exchange != nil {
		f.Exchange = drawExchange(d.Exchange)
	}
	if d.Location != nil {
		f.Location = drawLocation(d.Location)
	}
	return f
}

type tableFigure struct {
	Columns []string
	Rows    [][]string
	Left    int
}

func drawTable(t *check.Table) *tableFigure {
	f := &tableFigure{Columns: lines(t.Columns)}
	kept, left := excerpt(t.Rows, maxRows, func([]string) bool { return false })
	for _, row := range kept {
		f.Rows = append(f.Rows, lines(row))
	}
	f.Left = left
	return f
}

func lines(cells []string) []string {
	out := make([]string, 0, len(cells))
	for _, c := range cells {
		out = append(out, line(c, maxLine))
	}
	return out
}

type logFigure struct {
	Lines []check.LogLine
	Left  int
}

func drawLog(l *check.Log) *logFigure {
	kept, left := excerpt(l.Lines, maxLines, func(l check.LogLine) bool { return l.Bad })
	f := &logFigure{Left: left}
	for _, l := range kept {
		f.Lines = append(f.Lines, check.LogLine{Stream: line(l.Stream, 20), Text: line(l.Text, maxLine), Bad: l.Bad})
	}
	return f
}

type exchangeFigure struct {
	Request, Answer, Took, Expected, Body string
	Header                                []fact
}

func drawExchange(x *check.Exchange) *exchangeFigure {
	f := &exchangeFigure{
		Request: line(x.Request, maxLine), Answer: answer(x), Took: human(x.Took.D()),
		Expected: line(x.Expected, maxLine), Body: text(x.Body),
	}
	names := slices.Sorted(maps.Keys(x.Header))
	for _, name := range names[:min(len(names), maxProof)] {
		f.Header = append(f.Header, fact{line(name, 120), line(x.Header[name], maxLine)})
	}
	return f
}

type locationFigure struct {
	File  string
	Lines []quoted
}

// quoted is a line of a file; N is empty where the number is not known.
type quoted struct{ N, Text string }

func drawLocation(l *check.Location) *locationFigure {
	f := &locationFigure{File: line(l.File, maxLine)}
	if l.Line > 0 {
		f.File += ":" + strconv.Itoa(l.Line)
	}
	if l.Quote == "" {
		return f
	}
	kept, _ := block(l.Quote, maxLines, maxLine)
	for i, q := range kept {
		n := ""
		if l.Line > 0 {
			n = strconv.Itoa(l.Line + i)
		}
		f.Lines = append(f.Lines, quoted{n, q})
	}
	return f
}
