package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/golive-dev/golive/check"
)

// How much of a detail text shows: enough to believe the finding. The rest is
// in the HTML report.
const (
	textRows  = 10
	textMarks = 14
	textLines = 10
	textCell  = 44 // columns
)

const detailIndent = "        "

// detail draws what a piece of evidence carries.
func (p *printer) detail(d *check.Detail) {
	if d == nil {
		return
	}
	if d.Table != nil {
		p.table(d.Table)
	}
	if d.Timeline != nil {
		p.timeline(d.Timeline)
	}
	if d.Histogram != nil {
		p.histogram(d.Histogram)
	}
	if d.Log != nil {
		p.log(d.Log)
	}
	if d.Exchange != nil {
		p.exchange(d.Exchange)
	}
	if d.Location != nil {
		p.location(d.Location)
	}
}

// drawn writes one line of a detail, cut at the margin: wrapped, columns would
// fall apart.
func (p *printer) drawn(bad bool, said string) {
	said = narrow(strings.TrimRight(said, " "), p.width-len(detailIndent))
	if bad {
		said = p.paint(said, color.FgRed)
	}
	p.WriteString(detailIndent + said + "\n")
}

func (p *printer) leftOut(n int, what string) {
	if n > 0 {
		p.drawn(false, fmt.Sprintf("… %d more %s", n, what))
	}
}

func (p *printer) table(t *check.Table) {
	rows := append([][]string{t.Columns}, t.Rows[:min(len(t.Rows), textRows)]...)
	var widths []int
	for i, row := range rows {
		rows[i] = make([]string, len(row))
		for c, cell := range row {
			rows[i][c] = narrow(line(cell, 200), textCell)
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], width(rows[i][c]))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for c, cell := range row {
			b.WriteString(runewidth.FillRight(cell, widths[c]) + "  ")
		}
		p.drawn(false, b.String())
	}
	p.leftOut(len(t.Rows)-textRows, "rows")
}

func (p *printer) timeline(t *check.Timeline) {
	// What the drill did and what became of the instance explain the rest.
	marks, left := excerpt(t.Marks, textMarks, func(m check.Mark) bool { return m.Bad || m.Lane == "drill" || m.Lane == "instance" })
	marks = byTime(marks)
	for _, m := range marks {
		p.drawn(m.Bad, fmt.Sprintf("%-17s %s %-10s %s", when(m), sign(m.Bad), line(m.Lane, 24), line(m.Text, 300)))
	}
	p.leftOut(left, "marks")
}

func (p *printer) histogram(h *check.Histogram) {
	buckets := trimmed(h.Buckets)
	most := 1
	for _, b := range buckets {
		most = max(most, b.Count)
	}
	bars := max(p.width-len(detailIndent)-32, 8)
	shown := buckets[:min(len(buckets), 2*textRows)]
	for _, b := range shown {
		over := h.Threshold > 0 && b.Le > h.Threshold
		bar := strings.Repeat("█", int(float64(bars)*float64(max(b.Count, 0))/float64(most)))
		p.drawn(over && b.Count > 0, fmt.Sprintf("%s ≤ %-9s %8d %s", sign(over && b.Count > 0), human(b.Le.D()), b.Count, bar))
	}
	p.leftOut(len(buckets)-len(shown), "buckets")
	if h.Threshold > 0 {
		p.drawn(false, "threshold "+human(h.Threshold.D()))
	}
	for _, m := range h.Marks[:min(len(h.Marks), textRows)] {
		p.drawn(false, line(m.Name, 60)+" "+human(m.Value.D()))
	}
}

func (p *printer) log(l *check.Log) {
	lines, left := excerpt(l.Lines, textLines, func(l check.LogLine) bool { return l.Bad })
	for _, l := range lines {
		if l.Bad { // whole: what is wrong with it may stand at its end
			p.wrap(detailIndent+p.paint("✕", color.FgRed)+" │ ", detailIndent+"  │ ", line(l.Text, maxLine))
			continue
		}
		p.drawn(false, "  │ "+line(l.Text, maxLine))
	}
	p.leftOut(left, "lines")
}

func (p *printer) exchange(x *check.Exchange) {
	p.drawn(false, exchangeLine(x))
	for _, name := range slices.Sorted(maps.Keys(x.Header))[:min(len(x.Header), textRows)] {
		p.drawn(false, "  "+line(name, 80)+": "+line(x.Header[name], 300))
	}
	if x.Body != "" {
		kept, left := block(x.Body, 5, 300)
		for _, l := range kept {
			p.drawn(false, "  "+l)
		}
		p.leftOut(left, "lines")
	}
}

// exchangeLine returns the request and what became of it on one line.
func exchangeLine(x *check.Exchange) string {
	s := line(x.Request, 200) + " → " + answer(x) + " after " + human(x.Took.D())
	if x.Expected != "" {
		s += ", expected " + line(x.Expected, 200)
	}
	return s
}

func answer(x *check.Exchange) string {
	switch {
	case x.Error != "" && x.Status != 0:
		return fmt.Sprintf("%d, then %s", x.Status, line(x.Error, 200))
	case x.Error != "":
		return line(x.Error, 200)
	case x.Status == 0:
		return "no answer"
	}
	return fmt.Sprint(x.Status)
}

func (p *printer) location(l *check.Location) {
	if l.Quote == "" {
		return // where the evidence was found is said already
	}
	kept, left := block(l.Quote, 6, 300)
	for i, q := range kept {
		n := "     "
		if l.Line > 0 {
			n = fmt.Sprintf("%5d", l.Line+i)
		}
		p.drawn(false, n+" │ "+q)
	}
	p.leftOut(left, "lines")
}

// sign marks what is bad without relying on colour.
func sign(bad bool) string {
	if bad {
		return "✕"
	}
	return " "
}
