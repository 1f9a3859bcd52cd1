package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/golive-dev/golive/check"
)

var _ = register(Format{
	Name:    "text",
	Summary: "plain text, for a terminal or a log",
	Write:   writeText,
})

// textProof is how much evidence of one requirement text shows.
const textProof = 4

func writeText(w io.Writer, v *check.Verdict, o Options) error {
	p := newPrinter(o)
	p.header(v)
	for _, s := range sections(v) {
		p.section(s)
	}
	p.summary(v)
	_, err := w.Write(p.Bytes())
	return err
}

// printer writes wrapped, indented and, if wanted, coloured lines.
type printer struct {
	bytes.Buffer
	width int
	color bool
}

func newPrinter(o Options) *printer {
	p := &printer{width: o.Width, color: o.Color}
	if p.width <= 0 {
		p.width = DefaultWidth
	}
	p.width = max(p.width, 40)
	return p
}

// paint colours s by the options alone: what the color package finds out
// about standard output does not concern a report that goes elsewhere.
func (p *printer) paint(s string, how ...color.Attribute) string {
	if !p.color {
		return s
	}
	c := color.New(how...)
	c.EnableColor()
	return c.Sprint(s)
}

func outcomeColor(o check.Outcome) color.Attribute {
	switch o {
	case check.Failed:
		return color.FgRed
	case check.Unknown, check.Stale:
		return color.FgYellow
	case check.Passed:
		return color.FgGreen
	}
	return color.FgCyan
}

func (p *printer) header(v *check.Verdict) {
	word, _ := verdictWords(v)
	p.wrap("", "", p.paint(serviceName(v), color.Bold)+": "+p.paint(word, color.Bold, decisionColor(v.Ready)))
	for _, f := range facts(v) {
		p.labelled("  ", f.Name, 13, f.Value)
	}
}

func decisionColor(good bool) color.Attribute {
	if good {
		return color.FgGreen
	}
	return color.FgRed
}

func (p *printer) section(s *section) {
	fmt.Fprintf(p, "\n%s\n", p.paint(narrow(strings.ToUpper(line(s.Name, 80)), p.width), color.Bold))
	for _, r := range s.Judged {
		p.result(r)
	}
	if len(s.Unjudged) == 0 {
		return
	}
	var names []string
	for _, r := range s.Unjudged {
		_, name, _ := strings.Cut(line(r.ID, 120), "/")
		names = append(names, name)
	}
	p.wrap("  ? ", "    ", fmt.Sprintf("not judged yet: %s", strings.Join(names, ", ")))
}

func (p *printer) result(r check.Result) {
	if r.Outcome == check.Passed || r.Outcome == check.NotApplicable {
		p.brief(r)
		return
	}
	mark := p.paint(symbol(r.Outcome)+" "+line(string(r.Outcome), 20), outcomeColor(r.Outcome))
	id := p.paint(line(r.ID, 120), color.Bold)
	p.wrap("  "+mark+"  ", "    ", fmt.Sprintf("%s (%s; %s)", id, line(string(r.Gate), 20), rungs(r)))
	p.wrap("    ", "    ", line(r.Title, 300))
	kept, left := excerpt(offending(r), textProof, against)
	if len(kept) == 0 || r.Outcome != check.Failed {
		p.labelled("    ", "reason", 8, line(r.Reason, maxLine))
	}
	for _, e := range kept {
		p.evidence(e)
	}
	if left > 0 {
		fmt.Fprintf(p, "    … and %d more in the HTML report\n", left)
	}
	p.labelled("    ", "why", 8, line(r.Why, 1000))
	p.labelled("    ", "remedy", 8, line(r.Remedy.Text, 1000))
	p.patch(r.Remedy.Patch)
	if command := line(r.Remedy.Recheck, maxLine); command != "" {
		fmt.Fprintf(p, "    %-8s%s\n", "check", p.paint(command, color.Bold))
	}
	fmt.Fprintln(p)
}

// brief writes a result that needs no attention on one line.
func (p *printer) brief(r check.Result) {
	head := fmt.Sprintf("%s %s  %s", symbol(r.Outcome), line(string(r.Outcome), 20), line(r.ID, 120))
	said := line(r.Title, 300)
	if r.Outcome == check.NotApplicable {
		said = line(r.Reason, 300)
	} else if r.Reached > check.None {
		head += " (" + r.Reached.String() + ")"
	}
	room := p.width - width(head) - 4
	if room < 12 { // a title of three words helps less than the whole name
		p.wrap("  ", "    ", head)
		return
	}
	fmt.Fprintf(p, "  %s  %s\n", p.paint(head, outcomeColor(r.Outcome)), narrow(said, room))
}

// rungs says how strong the evidence is and, if that is not enough, how strong
// it must be.
func rungs(r check.Result) string {
	has := "no evidence"
	if r.Reached > check.None {
		has = r.Reached.String() + " evidence"
	}
	if r.Reached >= r.Needs {
		return has
	}
	return has + ", needs " + r.Needs.String()
}

func (p *printer) evidence(e check.Evidence) {
	mark, how := "+", color.FgGreen
	if !e.OK {
		mark, how = "✕", color.FgRed
	}
	said := line(e.Text, maxLine)
	if where := line(e.Where, 300); where != "" {
		said = where + ": " + said
	}
	p.wrap("    "+p.paint(mark, how)+" ", "      ", said)
	p.detail(e.Detail)
}

func (p *printer) patch(patch string) {
	if patch == "" {
		return
	}
	kept, left := block(patch, 30, maxLine)
	for _, l := range kept {
		fmt.Fprintf(p, "      %s %s\n", p.paint("│", color.Faint), l)
	}
	if left > 0 {
		fmt.Fprintf(p, "      … %d more lines\n", left)
	}
}

func (p *printer) summary(v *check.Verdict) {
	word, because := verdictWords(v)
	fmt.Fprintf(p, "\n%s\n", p.paint("SUMMARY", color.Bold))
	for _, g := range gates(v) {
		state := p.paint("holds", color.FgGreen)
		if !g.Holds {
			state = p.paint("does not hold", color.FgRed)
		}
		if g.Name == string(check.Advised) {
			state = "is no gate"
		}
		p.wrap(fmt.Sprintf("  %-10s ", g.Name), strings.Repeat(" ", 13), state+": "+g.Text())
	}
	p.wrap("  ", "  ", coverage(v)+".")
	p.wrap("  ", "  ", fmt.Sprintf("%s is %s: %s.", serviceName(v), p.paint(word, color.Bold, decisionColor(v.Ready)), because))
}
