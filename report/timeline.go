package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/golive-dev/golive/check"
)

// Timeline writes what was done and seen in one trial of a drill, a line a
// mark, by time and whole. Its only errors are those of w.
func Timeline(w io.Writer, t *check.Timeline, o Options) error {
	p := newPrinter(o)
	fmt.Fprintf(p, "\n  %s\n", line(t.Trial, 120))
	for _, m := range byTime(t.Marks) {
		head := fmt.Sprintf("    %-17s %s %-10s ", when(m), sign(m.Bad), line(m.Lane, 24))
		p.wrap(head, strings.Repeat(" ", width(head)), line(m.Text, maxLine))
	}
	_, err := p.WriteTo(w)
	return err
}
